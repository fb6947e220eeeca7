# SPDX-License-Identifier: MIT
"""Services that change late, in part, or not at all; several for one name."""

import contextlib
import socket
import ssl
import time
from pathlib import Path

import pytest

from lab.base import holds, wait_until
from lab.client import KINDS, association, audited, fingerprint, handshake
from lab.web import Nginx
from lab.world import HOST, SERVICE, certificate, leaf, owner

SECOND = "www.example.test"


@pytest.fixture
def two_ports(world):
    """One lineage, two owners, two ports; only the first owner is configured."""
    world.certbot.issue(HOST)
    del world.alnitak.settings[f"target {SECOND}"]
    world.alnitak.configure().run("init")
    world.nginx = Nginx("web", world.base, world.alnitak.dane,
                        [(HOST, SERVICE, world.port(host)) for host in world.hosts])
    world.target()["reload"] = world.nginx.reload_command()
    world.alnitak.configure()
    world.nginx.start()
    world.run_until(lambda: world.all_serve(world.live_record()))
    return world


def add_second_owner(world):
    world.target()["tlsa"].append(f"311 {world.port(SECOND)} tcp {SECOND}")
    world.alnitak.configure()


def both_done(world):
    return world.finished() and world.all_serve(world.live_record(), host=SECOND)


@pytest.mark.world(hosts=(HOST, SECOND))
def test_a_port_added_in_the_wait_gets_both_records(two_ports):
    """The new owner's first set must match what is in service, too."""
    old = two_ports.live_record()
    with audited(two_ports, rate=5):
        two_ports.renew()
        add_second_owner(two_ports)
        two_ports.alnitak.run("run")
        expected = sorted([old, two_ports.live_record()])
        seen = wait_until(lambda: two_ports.tlsa(SECOND)[two_ports.knot.address],
                          "the first set of the new owner")
        assert seen == expected
        with audited(two_ports, SECOND, rate=5):
            two_ports.run_until(lambda: both_done(two_ports))


def test_a_reload_that_only_returns_deletes_nothing(settled):
    """It says yes, and the services go on as before."""
    settled.target()["reload"] = "true"
    settled.alnitak.configure()
    old, before = settled.live_record(), settled.presented()
    with audited(settled, rate=5):
        settled.renew()
        settled.run_until(lambda: settled.alnitak.at_rest(HOST))

        def still_up():
            settled.alnitak.run("run")
            return settled.all_serve(old, settled.live_record())
        holds(still_up, "the old record is up", 10, every=1)
        assert settled.presented() == before
        told = f"{SERVICE}]:443 presents {before[:8]}.. (want "
        assert told in settled.alnitak.stands(HOST)["line"]
        tested = settled.alnitak.run("configtest", ok=(3,)).stderr
        assert told in tested and f"{settled.alnitak.dane / HOST}, and reload" in tested, tested
        settled.nginx.reload()
        settled.run_until_finished()
        assert f"{HOST}: services seen: every" in settled.alnitak.run("configtest").stdout


def workers(nginx):
    pid = nginx.process.pid
    return set(Path(f"/proc/{pid}/task/{pid}/children").read_text().split())


@contextlib.contextmanager
def open_connection():
    """A client that has begun a request and takes its time."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection((SERVICE, 443), timeout=5) as plain:
        with context.wrap_socket(plain, server_hostname=HOST) as tls:
            tls.sendall(b"GET / HTTP/1.1\r\n")
            yield tls


def test_linger_keeps_the_record_for_old_workers(settled):
    """An old worker lives as long as its last connection."""
    linger = 15
    settled.target()["linger"] = linger
    settled.alnitak.configure()
    before, first = settled.presented(), workers(settled.nginx)
    with audited(settled, rate=5), open_connection() as tls:
        settled.renew()
        released = 0

        def step():
            nonlocal released
            if settled.presented() == before:
                released = time.monotonic()
            settled.alnitak.run("run")
            return settled.presented() != before
        wait_until(step, "the release", 90, every=1)
        settled.run_until_finished()
        assert time.monotonic() - released > linger
        assert first & workers(settled.nginx), "an old worker is still there"
        tls.sendall(f"Host: {HOST}\r\n\r\n".encode())
        assert b"200 OK" in tls.recv(1000)


@pytest.mark.world(hosts=(HOST, SECOND))
def test_one_service_of_two_that_is_not_reloaded_holds_the_record(two_ports):
    """Port 443 presents the new certificate, the other daemon the old one."""
    world = two_ports
    world.nginx.stop()
    ports = [world.port(host) for host in world.hosts]
    world.nginx, other = (Nginx(f"web{port}", world.base, world.alnitak.dane,
                                [(HOST, SERVICE, port)]).start() for port in ports)
    world.target()["reload"] = world.nginx.reload_command()
    add_second_owner(world)
    try:
        world.run_until(lambda: world.all_serve(world.live_record(), host=SECOND))
        old, before = world.live_record(), world.presented()
        with audited(world, rate=5), audited(world, SECOND, rate=5):
            world.renew()
            world.run_until(lambda: world.presented() != before)

            def still_up():
                world.alnitak.run("run")
                return all(world.all_serve(old, world.live_record(), host=host)
                           for host in world.hosts)
            holds(still_up, "the old record is up at both", 10, every=1)
            other.reload()
            world.run_until(lambda: both_done(world))
    finally:
        other.stop()


@pytest.mark.world(hosts=(HOST, SECOND))
def test_a_refused_deletion_holds_up_nothing_else(two_ports):
    """The new certificate is in service everywhere, and the other owner is cleaned."""
    world = two_ports
    add_second_owner(world)
    world.run_until(lambda: world.all_serve(world.live_record(), host=SECOND))
    old, before = world.live_record(), world.presented()
    with audited(world, rate=5), audited(world, SECOND, rate=5):
        world.renew()
        new = world.live_record()
        world.comes_to_serve(old, new, host=SECOND)
        world.primary.zones[0].grant.pop()
        world.primary.restart()
        world.run_until(lambda: world.all_serve(new), ok=(0, 1))
        assert world.presented() == leaf(world.certbot.live(HOST)) != before
        assert world.presented(SECOND) == world.presented()
        done = world.alnitak.run("run", "-L", "verbose", ok=(1,))
        assert owner(SECOND, world.port(SECOND)) in done.stderr
        assert world.all_serve(old, new, host=SECOND)


@pytest.mark.world(hosts=(HOST, SECOND))
def test_a_combination_waits_for_a_second_host(settled):
    """One that nobody configured presents another certificate under the name."""
    world, kinds = settled, {"311": (1, 1), "301": (0, 1)}
    ours, theirs = ({kind: f"{kind[0]} {kind[1]} {kind[2]} "
                     f"{association(certificate(world.certbot.live(host)), *how).hex()}"
                     for kind, how in kinds.items()} for host in world.hosts)

    def others_add(kind):
        world.nsupdate(f"update add {owner()} 5 TLSA {theirs[kind]}")
    del world.alnitak.settings[f"target {SECOND}"]
    world.target().update(tlsa=["311 443", "301 443"],
                          probe=[f"{HOST}:443", f"{SERVICE}:{world.port(SECOND)}"])
    others_add("311")
    said = world.alnitak.configure().run("run", ok=(1,)).stderr
    assert "nothing is published yet that begins a combination" in said, said
    assert f"{SERVICE}:{world.port(SECOND)} presents" in said.replace("[", "").replace("]", "")
    world.comes_to_serve(ours["311"], theirs["311"])
    others_add("301")
    world.run_until(lambda: world.all_serve(*ours.values(), *theirs.values()),
                    "the records of both", ok=(0, 1))


@pytest.mark.world(hosts=(HOST, SECOND))
def test_a_stranger_is_silent_for_a_while(world):
    """Where nobody was seen the first record waits; who was seen is not forgotten."""
    there = SERVICE, world.port(SECOND)

    def elsewhere(name, lineage, certificates):
        return Nginx(name, world.base, certificates, [(lineage, *there)])

    def run_says(*parts, ok):
        said = world.alnitak.run("run", ok=(ok,)).stderr.replace("[", "").replace("]", "")
        assert all(part in said for part in ("nothing is published yet", *parts)), said
        assert not any(world.tlsa().values())
    world.issue_all()
    del world.alnitak.settings[f"target {SECOND}"]
    world.target()["probe"] = [f"{HOST}:443", "{}:{}".format(*there)]
    world.alnitak.configure().run("init")
    world.nginx = Nginx("web", world.base, world.alnitak.dane, [(HOST, SERVICE, 443)]).start()
    with socket.create_server(there):
        run_says("waiting until", "{}:{} does not answer".format(*there), "start the service", ok=0)
        assert world.alnitak.stands(HOST)["reason"] == "unanswered"
    live = world.certbot.live(SECOND).parent.parent
    other = elsewhere("stranger", SECOND, live).start()
    run_says("{}:{} presents".format(*there), "is none of ours", ok=1)
    other.stop()
    run_says("{}:{} presents".format(*there), "nothing of ours since", ok=1)
    other = elsewhere("ours", HOST, world.alnitak.dane).start()
    try:
        world.run_until(lambda: world.all_serve(world.live_record()), "the first record")
    finally:
        other.stop()


@pytest.mark.world(hosts=(HOST, SECOND))
def test_the_certificate_of_another_owner_is_a_stranger(world):
    """It is of the other key type, and its records are elsewhere."""
    for host, kind in zip(world.hosts, reversed(list(KINDS))):
        world.certbot.issue(host, options=["--key-type", kind])
    world.alnitak.configure().run("init")
    world.nginx = Nginx("web", world.base, world.alnitak.dane,
                        [(SECOND, SERVICE, world.port(host)) for host in world.hosts]).start()
    said = world.alnitak.run("run", ok=(1,)).stderr
    assert "nothing is published yet" in said and "is none of ours" in said, said
    world.comes_to_serve(world.live_record(SECOND), host=SECOND)
    assert not any(world.tlsa().values())


def test_rsa_and_ecdsa_side_by_side(world):
    """Two lineages for one name at one port: each client sees its kind alone."""
    del world.alnitak.settings[f"target {HOST}"]
    world.nginx = Nginx("web", world.base, world.alnitak.dane, [("rsa+ecdsa", SERVICE, 443)])
    for kind in KINDS:
        world.certbot.issue(kind, HOST, options=["--key-type", kind])
        world.alnitak.settings[f"target {kind}"] = {
            "tlsa": [f"311 443 tcp {HOST}"], "reload": world.nginx.reload_command()}
    world.alnitak.configure().run("init")
    world.nginx.start()

    def done():
        shown = {kind: fingerprint(handshake(SERVICE, 443, HOST, ciphers))
                 for kind, ciphers in KINDS.items()}
        return (world.all_serve(*(world.live_record(kind) for kind in KINDS))
                and shown == {kind: leaf(world.certbot.live(kind)) for kind in KINDS})
    world.run_until(done)
    with audited(world, rate=5, ciphers=KINDS["rsa"]) as rsa, \
            audited(world, rate=5, ciphers=KINDS["ecdsa"]) as ecdsa:
        world.renew()
        world.run_until(done)
    assert len(rsa.certificates) == len(ecdsa.certificates) == 2
    assert not set(rsa.certificates) & set(ecdsa.certificates)

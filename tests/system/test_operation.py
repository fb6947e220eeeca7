# SPDX-License-Identifier: MIT
"""What happens around renewals: people, clocks, restarts, odd configurations."""

import base64
import calendar
import contextlib
import fcntl
import os
import re
import shutil
import socket
import ssl
import time
from pathlib import Path

import pytest

from lab.base import holds, run, wait_until
from lab.client import audited, fingerprint, handshake
from lab.lineage import Lineage
from lab.nameservers import Key, skewed
from lab.web import Nginx
from lab.world import HOST, SERVICE, leaf, owner, record

SECOND = "www.example.test"
BUSY = 15


def target_of(world, host=HOST):
    """The target's section of the configuration, to be changed."""
    return world.alnitak.settings[f"target {host}"]


def where(world, name=HOST):
    """What status says of one target."""
    return next(target for target in world.alnitak.status() if target["target"] == name)


def due(world):
    """When the present wait ends: seconds since 1970."""
    until = where(world)["until"]
    return calendar.timegm(time.strptime(until, "%Y-%m-%d %H:%M:%S UTC"))


def finish(world, done, ok=(0,), seconds=90):
    """alnitak run every second, until DONE()."""
    def step():
        world.alnitak.run("run", ok=ok)
        return done()
    wait_until(step, "the rollover to finish", seconds, every=1)


def files_below(directory):
    return [path for path in directory.rglob("*") if not path.is_symlink()]


# ---- The wait ------------------------------------------------------------------


def test_a_record_taken_away_in_the_wait_is_waited_for_anew(settled):
    """Somebody restores the zone when the wait is almost over."""
    old, before = settled.live_record(), settled.presented()
    with audited(settled):
        settled.renew()
        new = settled.live_record()

        def almost_over():
            settled.alnitak.run("run")
            return due(settled) - time.time() < 4
        wait_until(almost_over, "the end of the wait", 60)
        settled.nsupdate(f"update delete {owner()} TLSA {new}")
        taken = time.time()
        wait_until(lambda: settled.all_serve(old), "the old set everywhere")
        settled.alnitak.run("run")
        wait_until(lambda: settled.all_serve(old, new), "the record to be back")
        settled.alnitak.run("run")
        assert settled.presented() == before
        assert due(settled) > taken + 5, "no cache may hold the set without it"
        settled.run_until_finished()


def test_a_clock_that_jumps_ends_no_wait(settled):
    before = settled.presented()
    env = {**skewed(86400), "ASAN_OPTIONS": settled.alnitak.env["ASAN_OPTIONS"]
           + ":verify_asan_link_order=0"}
    with audited(settled):
        settled.renew()
        done = settled.alnitak.run("run", env=env)
        assert "all waits start again" in done.stderr
        assert settled.presented() == before
        assert "/archive/" in os.readlink(settled.alnitak.link(HOST))
        settled.run_until_finished()


@pytest.fixture
def two_ports(world):
    """One lineage, two owners, two ports; only the first owner is configured."""
    world.certbot.issue(HOST)
    del world.alnitak.settings[f"target {SECOND}"]
    world.alnitak.configure().run("init")
    world.nginx = Nginx("web", world.base, world.alnitak.dane,
                        [(HOST, SERVICE, world.port(host)) for host in world.hosts])
    target_of(world)["reload"] = world.nginx.reload_command()
    world.alnitak.configure()
    world.nginx.start()
    finish(world, lambda: world.all_serve(world.live_record()))
    return world


def add_second_owner(world):
    target_of(world)["tlsa"].append(f"311 {world.port(SECOND)} tcp {SECOND}")
    world.alnitak.configure()


def both_done(world):
    return world.finished() and world.all_serve(world.live_record(), host=SECOND)


@pytest.mark.world(hosts=(HOST, SECOND))
def test_a_port_added_in_the_wait_gets_both_records(two_ports):
    """The new owner's first set must match what is in service, too."""
    old = two_ports.live_record()
    with audited(two_ports):
        two_ports.renew()
        add_second_owner(two_ports)
        two_ports.alnitak.run("run")
        expected = sorted([old, two_ports.live_record()])
        seen = wait_until(lambda: two_ports.tlsa(SECOND)[two_ports.knot.address],
                          "the first set of the new owner")
        assert seen == expected
        with audited(two_ports, SECOND):
            finish(two_ports, lambda: both_done(two_ports))


# ---- The services --------------------------------------------------------------


def test_a_reload_that_only_returns_deletes_nothing(settled):
    """It says yes, and the services go on as before."""
    target_of(settled)["reload"] = "true"
    settled.alnitak.configure()
    old, before = settled.live_record(), settled.presented()
    with audited(settled):
        settled.renew()
        finish(settled, lambda: settled.alnitak.at_rest(HOST))

        def still_up():
            settled.alnitak.run("run")
            return settled.all_serve(old, settled.live_record())
        holds(still_up, "the old record is up", 10, every=1)
        assert settled.presented() == before
        assert before in where(settled)["line"] or f"{SERVICE}]:443" in where(settled)["line"]
        settled.nginx.reload()
        settled.run_until_finished()


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
    target_of(settled)["linger"] = linger
    settled.alnitak.configure()
    before, first = settled.presented(), workers(settled.nginx)
    with audited(settled), open_connection() as tls:
        settled.renew()
        finish(settled, lambda: settled.presented() != before)
        released = time.monotonic()
        settled.run_until_finished()
        assert time.monotonic() - released > linger - 3
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
    target_of(world)["reload"] = world.nginx.reload_command()
    add_second_owner(world)
    try:
        finish(world, lambda: world.all_serve(world.live_record(), host=SECOND))
        old, before = world.live_record(), world.presented()
        with audited(world, rate=5), audited(world, SECOND, rate=5):
            world.renew()
            finish(world, lambda: world.presented() != before)

            def still_up():
                world.alnitak.run("run")
                return all(world.all_serve(old, world.live_record(), host=host)
                           for host in world.hosts)
            holds(still_up, "the old record is up at both", 10, every=1)
            other.reload()
            finish(world, lambda: both_done(world))
    finally:
        other.stop()


@pytest.mark.world(hosts=(HOST, SECOND))
def test_a_refused_deletion_holds_up_nothing_else(two_ports):
    """The new certificate is in service everywhere, and the other owner is cleaned."""
    world = two_ports
    add_second_owner(world)
    finish(world, lambda: world.all_serve(world.live_record(), host=SECOND))
    old, before = world.live_record(), world.presented()
    with audited(world, rate=5), audited(world, SECOND, rate=5):
        world.renew()
        new = world.live_record()
        assert world.all_serve(old, new, host=SECOND)
        world.primary.zones[0].grant.pop()
        world.primary.restart()
        finish(world, lambda: world.all_serve(new), ok=(0, 1))
        assert world.presented() == leaf(world.certbot.live(HOST)) != before
        assert world.presented(SECOND) == world.presented()
        done = world.alnitak.run("run", "-L", "verbose", ok=(1,))
        assert owner(SECOND, world.port(SECOND)) in done.stderr
        assert world.all_serve(old, new, host=SECOND)


KINDS = {"rsa": "ECDHE-RSA-AES128-GCM-SHA256", "ecdsa": "ECDHE-ECDSA-AES128-GCM-SHA256"}


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
    finish(world, done)
    with audited(world, rate=5, ciphers=KINDS["rsa"]) as rsa, \
            audited(world, rate=5, ciphers=KINDS["ecdsa"]) as ecdsa:
        world.renew()
        finish(world, done)
    assert len(rsa.certificates) == len(ecdsa.certificates) == 2
    assert not set(rsa.certificates) & set(ecdsa.certificates)


# ---- Lineages ------------------------------------------------------------------


@pytest.mark.parametrize("names", [
    f"DNS:{HOST}", "DNS:*.example.test", f"IP:{SERVICE},DNS:example.test"])
def test_a_lineage_is_known_by_its_name_alone(world, names):
    """Neither a number at its end nor what stands in the certificate matters."""
    name = "any-name-0001"
    del world.alnitak.settings[f"target {HOST}"]
    world.nginx = Nginx("web", world.base, world.alnitak.dane, [(name, SERVICE, 443)])
    world.alnitak.configure(**{f"target {name}": {
        "tlsa": [f"311 443 tcp {HOST}"], "reload": world.nginx.reload_command()}})
    lineage = Lineage(world.base / "etc/letsencrypt", name).renew(names)
    world.alnitak.run("init")
    world.nginx.start()
    finish(world, lambda: world.all_serve(record(lineage.path("cert"))))
    with audited(world):
        world.alnitak.run("pre")
        lineage.renew(names)
        world.alnitak.run("deploy")
        world.alnitak.run("post")
        assert world.all_serve(*(record(lineage.path("cert", n)) for n in (1, 2)))
        finish(world, lambda: world.all_serve(record(lineage.path("cert"))))
    assert world.presented() == leaf(lineage.path("cert"))
    assert world.alnitak.at_rest(name)


def test_a_lineage_deleted_in_the_wait_stays_in_service(settled):
    """Until there is another: then the numbers of its versions begin anew."""
    before = settled.presented()
    with audited(settled):
        settled.renew()
        settled.certbot.run("delete", "--cert-name", HOST)
        done = settled.alnitak.run("run", ok=(1,))
        assert HOST in done.stderr
        settled.nginx.reload()
        assert settled.presented() == before
        settled.certbot.issue(HOST)
        settled.alnitak.run("run")
        assert settled.presented() == before
        settled.run_until_finished()


@pytest.mark.world(hosts=(HOST, SECOND))
def test_a_target_taken_out_in_the_wait_is_told_of(settled):
    """Its certificate stays in service, its records stand, and one line says so."""
    old, before = settled.live_record(), settled.presented()
    with audited(settled):
        settled.renew()
        section = settled.alnitak.settings.pop(f"target {HOST}")
        settled.alnitak.configure()
        done = settled.alnitak.run("run", ok=(1,))
        assert len([line for line in done.stderr.splitlines() if HOST in line]) == 1
        assert not settled.alnitak.run("run", ok=(1,)).stderr, "once is enough"
        settled.nginx.reload()
        assert settled.presented() == before
        assert settled.all_serve(old, settled.live_record())
        settled.alnitak.configure(**{f"target {HOST}": section})
        settled.run_until_finished()


# ---- certbot's ways ------------------------------------------------------------


def disk(alnitak):
    """Links and what is held; the state's own files change at every look."""
    return {str(path): os.readlink(path) if path.is_symlink() else path.is_file()
            for place in (alnitak.dane, alnitak.state / "held") for path in place.rglob("*")}


def test_a_dry_run_of_certbot_changes_nothing(settled):
    """It calls pre and post; and a deploy hook may be called for nothing, too."""
    settled.alnitak.run("run")
    before, links, records = settled.presented(), disk(settled.alnitak), settled.tlsa()
    settled.certbot.renew(**settled.alnitak.hooks(), options=[
        "--dry-run", "--server", settled.pebble.url])
    settled.alnitak.run("deploy", env={
        "RENEWED_LINEAGE": str(settled.certbot.dir / "live" / HOST),
        "RENEWED_DOMAINS": HOST})
    settled.alnitak.run("run")
    assert settled.alnitak.at_rest(HOST)
    assert (settled.presented(), disk(settled.alnitak), settled.tlsa()) == (
        before, links, records)


HOSTILE = {
    "RENEWED_LINEAGE": "../../../../../etc", "RENEWED_DOMAINS": "$(reboot) `x`; a\nb",
    "PATH": "/nonexistent", "IFS": "/", "HOME": "/nonexistent", "TMPDIR": "/nonexistent",
    "LANG": "../../x", "TZ": ":/etc/shadow", "ENV": "/nonexistent", "HOSTALIASES": "/etc/passwd",
    "LOCALDOMAIN": "x", "RES_OPTIONS": "ndots:9", "OPENSSL_CONF": "/nonexistent",
    **{f"FILLER_{n}": "x" * 100000 for n in range(12)}}


@pytest.mark.parametrize("word", ["pre", "deploy", "post", "run"])
def test_the_environment_is_not_heard(alone, word):
    """What certbot, cron or an attacker leaves there: the result is the same, and
    nothing of it reaches the reload command."""
    note, backup = alone.base / "note", alone.base.with_name("backup")
    alone.configure(**{f"target {HOST}": {"tlsa": ["311 443"], "reload": f"env > {note}"}})
    alone.run("init")
    alone.lineage.renew()           # without pre: the links go back, and a reload
    shutil.rmtree(backup, ignore_errors=True)
    run("cp", "-a", alone.base, backup)
    seen = []
    for env in ({}, HOSTILE):
        done = alone.run(word, ok=(0, 1), env=env)
        seen.append((done.returncode, done.stdout, done.stderr, disk(alone)))
        assert "/archive/" in os.readlink(alone.link(HOST))
        heard = set(re.findall(r"^\w+", note.read_text(), re.M)) if note.exists() else set()
        assert heard <= {"PATH", "LANG", "PWD", "ALNITAK_TARGET", "_", "SHLVL", "OLDPWD"}
        assert bool(heard) == (word != "pre")
        shutil.rmtree(alone.base)
        run("cp", "-a", backup, alone.base)
    assert seen[0] == seen[1]


# ---- Several at once -----------------------------------------------------------


@contextlib.contextmanager
def locked(alnitak):
    with (alnitak.state / "lock").open("r+") as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX)
        yield


def waits_for_lock(process):
    """It has the lock's file open and did not get it yet."""
    names = (os.readlink(fd) for fd in Path(f"/proc/{process.pid}/fd").iterdir())
    return process.poll() is None and any(name.endswith("/lock") for name in names)


def test_the_timer_yields_to_another_instance(alone):
    alone.run("init")
    with locked(alone):
        done = alone.run("run", ok=(BUSY,), timeout=5)
    assert "another instance" in done.stderr


@pytest.mark.parametrize("word", ["pre", "deploy", "post"])
def test_a_hook_waits_for_another_instance(alone, word):
    """certbot would go on and renew without it."""
    alone.run("init")
    with locked(alone):
        hook = alone.spawn(word)
        wait_until(lambda: waits_for_lock(hook), f"{word} to wait")
        holds(lambda: waits_for_lock(hook), f"{word} waits", 1)
        assert alone.at_rest(HOST)
    out, _ = hook.communicate(timeout=60)
    assert hook.returncode in ((0,) if word == "pre" else (0, 1)), out
    assert "another instance" not in out
    assert alone.at_rest(HOST) == (word != "pre")


BROKEN = [f"{what}.example.test" for what in ("state", "key", "refused", "reload")]


def break_them(world):
    """Each but the first in its own way."""
    state, key, refused, reload = BROKEN
    (world.alnitak.state / f"targets/{state}.json").write_text("{")
    (world.certbot.dir / f"archive/{key}/privkey2.pem").write_text("no key\n")
    target_of(world, reload)["reload"] = "exit 1"
    world.alnitak.configure()
    zone = world.primary.zones[0]
    zone.grant = [rule for rule in zone.grant if refused not in rule]
    world.primary.restart()


@pytest.mark.world(hosts=(HOST, *BROKEN))
def test_broken_targets_hold_up_no_other(settled):
    """The one that is well goes its way to the end; the others stay as they are."""
    before = {host: settled.presented(host) for host in BROKEN}
    with audited(settled):
        settled.alnitak.run("run")
        settled.alnitak.run("pre")
        settled.certbot.renew()
        break_them(settled)
        finish(settled, settled.finished, ok=(1, 4))
    for host in BROKEN[:3]:
        assert settled.presented(host) == before[host]
        assert where(settled, host)["step"] in ("failed", "stuck", "publish"), host


# ---- What people see, and others must not --------------------------------------


def test_trouble_is_told_when_it_begins_and_when_it_ends(settled):
    """Not at every run: each would be a mail."""
    settled.alnitak.run("pre")
    settled.certbot.renew()
    zone = settled.alnitak.settings["zone example.test"]
    zone["key"] = Key(settled.key.name).write(settled.base / "wrong.key")
    settled.alnitak.configure()
    told = [settled.alnitak.run("run", ok=(1,)).stderr.splitlines() for _ in range(3)]
    assert [len(lines) for lines in told] == [1, 0, 0], told
    assert HOST in told[0][0]
    zone["key"] = settled.key_file
    settled.alnitak.configure()
    over = [line for line in settled.alnitak.run("run").stderr.splitlines() if "over" in line]
    assert len(over) == 1 and HOST in over[0]
    assert not [line for line in settled.alnitak.run("run").stderr.splitlines() if "over" in line]


def hexed(data):
    return "".join(f"\\x{octet:02x}" for octet in data)


def test_no_secret_leaves_the_process(settled):
    """Neither the key's secret nor a private key: not in a file, an argument, an
    environment, a packet."""
    settled.alnitak.run("pre")
    settled.certbot.renew()
    trace, log = settled.base / "trace", settled.base / "alnitak.log"
    run("strace", "-f", "-v", "-xx", "-s", "100000", "-o", trace, "-e",
        "trace=execve,write,writev,pwrite64,send,sendto,sendmsg,sendmmsg",
        *settled.alnitak.command("-L", "debug", "-l", log, "deploy"), timeout=120,
        env={**settled.alnitak.env, "ASAN_OPTIONS": "detect_leaks=0"})
    seen = trace.read_text()
    assert hexed(b"alnitak") in seen and settled.all_serve, "the trace shows something"
    secret = settled.key.secret
    for word in (secret.encode(), base64.b64decode(secret), b"PRIVATE KEY"):
        assert hexed(word) not in seen
    for path in files_below(settled.alnitak.state) + [log]:
        if path.is_file():
            assert secret.encode() not in path.read_bytes(), path


def test_nobody_else_may_touch_state_or_links(alone):
    alone.run("init")
    alone.run("pre")
    below = [alone.state, *files_below(alone.state)]
    assert any(path.name == "privkey.pem" for path in below), "held"
    for path in [*below, alone.dane, *files_below(alone.dane)]:
        assert path.stat().st_mode & 0o022 == 0, path
    for path in below:
        if path.is_dir() or path.suffix == ".json" or path.name in ("lock", "privkey.pem"):
            assert path.stat().st_mode & 0o077 == 0, path


@pytest.mark.parametrize("change", [
    lambda path: path.chmod(0o777), lambda path: path.chmod(0o770),
    lambda path: os.chown(path, 65534, 65534)], ids=["all", "group", "owner"])
def test_a_state_that_others_could_write_is_not_used(alone, change):
    alone.run("init")
    change(alone.state)
    done = alone.run("pre", ok=(4,))
    assert re.search(f"{alone.state}.*(write|belongs)", done.stderr), done.stderr
    assert alone.at_rest(HOST)

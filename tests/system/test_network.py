# SPDX-License-Identifier: MIT
"""The network as it is: two families, small answers, delegations that are wrong."""

import contextlib
import re
import time

import dns.flags
import dns.message
import dns.query
import pytest

from lab import dnsquery, lies
from lab.base import holds, wait_until
from lab.client import audited
from lab.dual import SIX, SIX_PRIMARY, SIX_SERVICE, DualWorld
from lab.liar import Liars, honest
from lab.world import HOST, owner

NOWHERE = "fd99::1"         # no route leads there
LIAR, NO_TCP, LAME, LATE = "127.0.12.1", "127.0.12.2", "127.0.10.1", "127.0.12.3"


def text_of(done):
    return done.stdout + done.stderr


def line_of(world, *words, ok=(0,)):
    """The one line of a run: it has all of WORDS, each a regular expression."""
    lines = text_of(world.alnitak.run("-L", "verbose", "run", ok=ok)).splitlines()
    lines = [line for line in lines if ": over: " not in line]
    assert len(lines) == 1, lines
    for word in words:
        assert re.search(word, lines[0]), lines[0]
    return lines[0]


def unchanged(world):
    links = [world.alnitak.link(HOST, part).readlink()
             for part in ("cert", "chain", "fullchain", "privkey")]
    return world.tlsa(), world.presented(), links, world.alnitak.snapshot()


@contextlib.contextmanager
def nothing_changes(world):
    before = unchanged(world)
    yield
    assert unchanged(world) == before


def zone(world, **settings):
    world.alnitak.settings["zone example.test"] = {
        "key": world.key_file, "primary": SIX_PRIMARY, "ignore": list(world.ignored), **settings}
    world.alnitak.configure()


@pytest.fixture(scope="module")
def dual():
    world = DualWorld()
    world.ignored = set()
    liars = world.liars = Liars(world.nsd.address).put(LIAR).put(NO_TCP, tcp=False)
    try:
        world.start().issue_all()
        world.alnitak.configure().run("init")
        world.nginx.start()
        world.nginx6.start()
        world.admin(*(f"update add {owner()} 5 TLSA {one}" for one in world.standby))
        world.publish_live()
        yield world
    finally:
        liars.stop()
        world.stop()
    assert not world.alnitak.sanitizer_findings(), world.alnitak.sanitizer_findings()
    assert not liars.failures, liars.failures[:5]


def datagram(server):
    query = dns.message.make_query(owner(), "TLSA", want_dnssec=True, payload=1232)
    return dns.query.udp(query, server, timeout=10, ignore_unexpected=True)


def test_small_answers_over_both_families(dual):
    """Whole rollover: every answer is truncated, one server has IPv6 alone, updates
    and the resolver go over IPv6, and so does the client that looks on."""
    assert datagram(dual.primary.address).flags & dns.flags.TC, "larger than 512 octets"
    with audited(dual, rate=2):
        dual.renew()
        dual.run_until_finished(90)
    told = {finding["subject"]: finding for finding in dual.alnitak.findings(HOST)}
    for address in ("fd53::2", "fd53::3", "fd53::4", "127.0.10.2", "127.0.10.3"):
        assert any(address in subject and found["ok"] for subject, found in told.items()), told
    assert not any("127.0.10.4" in subject for subject in told), "is not delegated to"


def test_servers_that_limit_their_rate(dual):
    """Where datagrams are answered with TC alone, TCP tells."""
    def limited():
        return all([datagram(server).flags & dns.flags.TC for _ in range(20)][-1]
                   for server in (dual.nsd.address, "fd53::3"))
    wait_until(limited, "the limit to strike", 20)
    found = dual.alnitak.findings(HOST)
    assert all(finding["ok"] for finding in found), found


def test_ipv6_alone(dual):
    """The host of the service, the name servers, the primary and the resolver."""
    was = dict(dual.target())
    dual.admin(f"update add {SIX}. 5 AAAA {SIX_SERVICE}")
    dual.address("ns1.example.test.", "fd53::2")
    dual.address("ns2.example.test.", "fd53::3")
    dual.target().update(tlsa=[f"311 443 tcp {SIX}"], probe="auto")
    dual.alnitak.configure()

    def done():
        dual.alnitak.run("run")
        found = dnsquery.records("fd53::4", owner(SIX), "TLSA")
        return found == [dual.live_record()] and dual.alnitak.at_rest(HOST)
    try:
        dual.renew()
        wait_until(done, "the rollover", 90, every=0.5)
        told = text_of(dual.alnitak.run("check"))
        assert "fd53::2" in told and "127.0.10." not in told, told
        assert "services: every one presents the certificate" in told, told
    finally:
        dual.target().clear()
        dual.target().update(was)
        dual.address("ns1.example.test.", "127.0.10.2", "fd53::2")
        dual.address("ns2.example.test.", "127.0.10.3", "fd53::3")
        dual.alnitak.configure()
    dual.run_until_finished(90)


@pytest.fixture(scope="module")
def pending(dual):
    """A rollover that would be released, were it not for a wrong delegation."""
    with audited(dual, rate=2):
        dual.alnitak.run("pre")
        dual.certbot.renew()
        zone(dual, also_ask=[LIAR])
        wait_until(lambda: "caches may" in text_of(dual.alnitak.run("-L", "verbose", "run")),
                   "publication everywhere", 30, every=0.3)
        target, = dual.alnitak.status()
        dual.liars.put(LIAR, lies.rcode(2))
        wait_until(lambda: time.time() > target["until_ms"] / 1000 + 1, "the caches to forget", 60)
        line_of(dual, f"waiting: .* {LIAR} SERVFAIL")
        yield dual


def test_an_address_without_a_route(pending):
    """Told by address, waited for, and given up only by configuration: by a prefix."""
    with nothing_changes(pending):
        pending.address("ns1.example.test.", "127.0.10.2", "fd53::2", NOWHERE)
        zone(pending, also_ask=[LIAR])
        wait_until(lambda: NOWHERE in text_of(pending.alnitak.run("check", ok=None)),
                   "its address to be known", 30, every=0.5)
        pending.liars.put(LIAR, honest)
        line_of(pending, f"ns1.example.test.* {NOWHERE} unreachable from here "
                         r"\(Network is unreachable\); want")
        pending.liars.put(LIAR, lies.rcode(2))
        pending.ignored.add(f"{NOWHERE}/128")
        zone(pending, also_ask=[LIAR])
        line_of(pending, f"{LIAR} SERVFAIL")
        told = text_of(pending.alnitak.run("check", ok=None))
        assert re.search(f"at {NOWHERE} .*not asked: `ignore` names it", told), told
        pending.address("ns1.example.test.", "127.0.10.2", "fd53::2")


def test_a_server_without_tcp(pending):
    """Good over UDP: the release asks over TCP, and says what is missing."""
    zone(pending, also_ask=[LIAR, NO_TCP])
    told = text_of(pending.alnitak.run("check", ok=None))
    assert re.search(f"good .*at {NO_TCP}", told), told
    with nothing_changes(pending):
        pending.liars.put(LIAR, honest)
        wait_until(lambda: "caches may" not in line_of(pending), "the caches to forget", 30,
                   every=0.5)
        line_of(pending, f"waiting: .*{NO_TCP} nothing listens there on TCP")
        pending.liars.put(LIAR, lies.rcode(2))
    pending.ignored.add(NO_TCP)
    zone(pending, also_ask=[LIAR])


def test_a_server_without_udp(pending):
    with nothing_changes(pending):
        pending.liars.put(LIAR, lies.always(lies.no_udp))
        line_of(pending, f"waiting: .* {LIAR} no answer within 5 s; want")
        pending.liars.put(LIAR, lies.rcode(2))


def test_a_lame_delegation(pending):
    """The parent names a server that knows nothing of the zone."""
    names = pending.apex()
    with nothing_changes(pending):
        pending.address("ns4.example.test.", LAME)
        pending.name_servers(*names, parent=[*names, "ns4.example.test."])
        line_of(pending, f"ns4.example.test.* {LAME} not authoritative for example.test")
        pending.name_servers(*names)
        pending.ignored.add(LAME)
        zone(pending, also_ask=[LIAR])
        line_of(pending, f"{LIAR} SERVFAIL")


@pytest.mark.parametrize("side", ["parent", "child"])
def test_name_servers_that_one_side_alone_knows(pending, side):
    """Some resolver may ask it, so it counts: it must answer rightly like all."""
    names = pending.apex()
    with nothing_changes(pending):
        pending.address("ns5.example.test.", LIAR)
        more = [*names, "ns5.example.test."]
        pending.name_servers(*(names if side == "parent" else more),
                             parent=more if side == "parent" else names)
        zone(pending)
        line_of(pending, f"ns5.example.test.* {LIAR} SERVFAIL")
        zone(pending, also_ask=[LIAR])
        pending.name_servers(*names)


def test_an_address_that_this_resolver_does_not_have_yet(pending):
    """Its cache has an older answer for an hour; that of others may have the new one,
    which the servers of the name tell."""
    names, name = pending.apex(), "ns6.example.test."
    old, new = "127.0.10.3", LATE
    with nothing_changes(pending):
        pending.address(name, old)
        pending.admin(f"update delete {name} A", f"update add {name} 3600 A {old}")
        pending.name_servers(*names, name)

        def cached():
            return dnsquery.records(pending.resolver.address, name, "A", recurse=True)
        wait_until(lambda: cached() == [old], "the resolver to have the address", 30)
        pending.liars.put(new, lies.rcode(2))
        pending.liars.put(LIAR, honest)
        pending.admin(f"update add {name} 3600 A {new}")
        wait_until(pending.in_step, "the secondaries to follow")
        assert cached() == [old], "nobody here can know yet"
        line_of(pending, f"ns6.example.test.* {new} SERVFAIL")
        pending.liars.put(LIAR, lies.rcode(2))
        pending.name_servers(*names)
        line_of(pending, f"{LIAR} SERVFAIL")


def test_a_name_server_without_address(pending):
    names = pending.apex()
    with nothing_changes(pending):
        pending.name_servers(*names, "ns9.nowhere.test.")
        line_of(pending, "ns9.nowhere.test. has no address; give it one or take it out", ok=(1,))
        pending.name_servers(*names)
        line_of(pending, f"{LIAR} SERVFAIL")


def test_the_rollover_outlives_it_all(pending):
    """And ends only once the service presents the certificate at both addresses."""
    before = pending.tlsa()
    pending.reload_with(pending.nginx)
    pending.liars.put(LIAR, honest)
    wait_until(lambda: SIX_SERVICE in text_of(pending.alnitak.run("-L", "verbose", "run")),
               "the service's other address to be told", 30, every=0.5)
    assert len(pending.presented()) == 2
    holds(lambda: line_of(pending, SIX_SERVICE) and pending.tlsa() == before,
          "the old record is up", 6)
    pending.reload_with(pending.nginx, pending.nginx6)
    pending.nginx6.reload()
    pending.run_until_finished(90)

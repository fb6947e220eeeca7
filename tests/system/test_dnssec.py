# SPDX-License-Identifier: MIT
"""Signatures: each way to be wrong is told by its name, and nothing is done on it."""

import contextlib
import re
import time

import dns.dnssec
import dns.name
import dns.rrset
import pytest

from lab import dnsquery, lies, telling
from lab.base import wait_until
from lab.client import audited
from lab.liar import Liars
from lab.lineage import Lineage
from lab.nameservers import Zone
from lab.nameservers_bind import Bind
from lab.program import Alnitak
from lab.signing import SigningKey, Views, make_key, sign, transfer
from lab.world import HOST, World, ZONE, owner, record

LIAR, MANY, FREE = "127.0.12.1", "127.0.11.31", "127.0.11.32"

# The whole zone as one server serves it: how it is signed, and what is said.
VERSIONS = {
    "good": "serves {",
    "unsigned": "DNSKEY: no DNSKEY records",
    "expired": "DNSKEY: the signature has expired",
    "not yet valid": "DNSKEY: the signature is not valid yet",
    "another key": "DNSKEY: no DNSKEY matches the DS at the parent",
    "by a wildcard": "by the wildcard",
}

# Zones of their own: how the chain from the parent is, and what is said.
ZONES = {
    "unsigned.test.": "no DS at its parent, so no client .*have the DS published",
    "nods.test.": "no DS at its parent, so no client .*have the DS published",
    "expired.test.": "finds the answer bogus: signatures of the zone have expired",
    "early.test.": f"{MANY}: serves .* DNSKEY: the signature is not valid yet",
    "wrongds.test.": "finds the answer bogus.*do not fit the DS at its parent",
    "stripped.test.": "finds the answer bogus",
}


def text_of(done):
    return done.stdout + done.stderr


def unchanged(world):
    links = [world.alnitak.link(HOST, part).readlink()
             for part in ("cert", "chain", "fullchain", "privkey")]
    return world.tlsa(), world.presented(), links, world.alnitak.snapshot()


def configure(world, *also_ask, **more):
    world.alnitak.settings["zone example.test"] = {
        "key": world.key_file, "also_ask": list(also_ask), "ignore": more.pop("ignore", [])}
    world.alnitak.configure(**more)


# ---- One server among good ones ------------------------------------------------

@pytest.fixture(scope="module")
def world():
    made = World()
    liars = made.liars = Liars(made.nsd.address).put(LIAR)
    try:
        made.start().issue_all()
        made.alnitak.configure().run("init")
        made.nginx.start()
        made.publish_live()
        configure(made, LIAR)
        with audited(made, rate=2):
            yield made
    finally:
        liars.stop()
        made.stop()
    assert not made.alnitak.sanitizer_findings(), made.alnitak.sanitizer_findings()
    assert not liars.failures, liars.failures[:5]


@pytest.fixture(scope="module")
def pending(world):
    """Both records are up, and no cache holds less; SERVFAIL keeps it so."""
    world.renew()
    wait_until(lambda: "caches may" in text_of(world.alnitak.run("-L", "verbose", "run")),
               "publication everywhere", 30, every=0.3)
    world.liars.put(LIAR, lies.rcode(2))
    end = time.time() + 14
    wait_until(lambda: time.time() > end, "the caches to forget", 30)
    return world


def wildcard(text):
    """The TLSA records at a wildcard above their owner."""
    return text.replace(owner(), f"*._tcp.{HOST}.")


@pytest.fixture(scope="module")
def versions(pending):
    world, base = pending, pending.base / "versions"
    text = transfer(world.primary.address, ZONE)
    keys, others = world.primary.dir, make_key(base / "keys", ZONE)
    plain = base / "unsigned"
    base.mkdir(exist_ok=True)
    plain.write_text(text)
    files = {
        "good": sign(text, ZONE, keys, base / "good"),
        "unsigned": plain,
        "expired": sign(text, ZONE, keys, base / "expired", -7200, -3600),
        "not yet valid": sign(text, ZONE, keys, base / "early", 3600, 7200),
        "another key": sign(text, ZONE, others, base / "other"),
        "by a wildcard": sign(wildcard(text), ZONE, keys, base / "wildcard"),
    }
    world.versions = {name: f"127.0.11.{at}" for at, name in enumerate(files, 1)}
    views = Views("views", world.base, {
        world.versions[name]: {ZONE: path} for name, path in files.items()}).start()
    yield world
    views.stop()


@pytest.fixture(scope="module")
def said(versions):
    before = unchanged(versions)
    configure(versions, *versions.versions.values())
    told = {address: (finding["ok"], finding["detail"])
            for finding in versions.alnitak.findings(HOST)
            for address in versions.versions.values()
            if f" at {address} " in finding["subject"] + " "}
    configure(versions, LIAR)
    assert unchanged(versions) == before
    return {name: told[address] for name, address in versions.versions.items()}


@pytest.mark.parametrize("name", VERSIONS)
def test_one_server_whose_zone_is_signed_otherwise(said, name):
    good, words = said[name]
    assert good == (name == "good"), words
    assert VERSIONS[name] in words


def signed(key, **how):
    """The true TLSA set with a signature by KEY in place of the true one."""
    def change(answer):
        found = lies.tlsa_set(answer)
        answer.answer = [found, key.sign(found, **how)]
    return telling.message(change)


def changed(key, change):
    """A true signature by KEY, of which one field is CHANGED afterwards."""
    def tell(answer):
        found = lies.tlsa_set(answer)
        made = key.sign(found)
        made = dns.rrset.from_rdata(found.name, found.ttl, change(made[0]))
        answer.answer = [found, made]
    return telling.message(tell)


FORGED = {
    "expired": (lambda own, parent: signed(own, ends=-60), "the signature has expired"),
    "not yet valid": (lambda own, parent: signed(own, begins=3600), "is not valid yet"),
    "by the parent": (lambda own, parent: signed(parent), "signature is of another zone"),
    "by our key for the parent": (
        lambda own, parent: signed(own, signer=dns.name.from_text("test.")), "another zone"),
    "by our key for a name below": (
        lambda own, parent: signed(own, signer=dns.name.from_text(HOST)), "another zone"),
    "by the parent's key for us": (
        lambda own, parent: signed(parent, signer=dns.name.from_text(ZONE)),
        "no signature verifies"),
    "another key tag": (lambda own, parent: changed(
        own, lambda made: made.replace(key_tag=made.key_tag ^ 1)), "no signature verifies"),
    "another algorithm": (lambda own, parent: changed(
        own, lambda made: made.replace(algorithm=15)), "no signature verifies"),
    "too many labels": (lambda own, parent: changed(
        own, lambda made: made.replace(labels=made.labels + 1)), "no signature verifies"),
    "too few labels": (lambda own, parent: changed(
        own, lambda made: made.replace(labels=made.labels - 1)), "no signature verifies"),
    "a later expiration": (lambda own, parent: changed(
        own, lambda made: made.replace(expiration=made.expiration + 1)),
        "no signature verifies"),
    "of another type": (lambda own, parent: changed(
        own, lambda made: made.replace(type_covered=dns.rdatatype.TXT)), "no signature"),
    "it ends too soon": (lambda own, parent: signed(own, ends=4),
                         "serves {.*, but its signature ends at .*, before caches"),
}


@pytest.mark.parametrize("name", FORGED)
def test_one_set_that_is_signed_otherwise(pending, name):
    """Were it believed, the release would come."""
    own = SigningKey(pending.primary.dir, ZONE)
    parent = SigningKey(pending.root.dir, "test.")
    lie, says = FORGED[name]
    before = unchanged(pending)
    pending.liars.put(LIAR, lie(own, parent))
    done = pending.alnitak.run("-L", "verbose", "run")
    lines = [line for line in text_of(done).splitlines() if LIAR in line]
    assert len(lines) == 1 and re.search(says, lines[0]), text_of(done)
    assert unchanged(pending) == before


def test_one_set_that_is_signed_rightly_by_us(pending):
    """The forger's tools do make good signatures; the release comes."""
    own = SigningKey(pending.primary.dir, ZONE)
    pending.liars.put(LIAR, signed(own))
    pending.run_until_finished(90)


# ---- Zones whose chain of trust is broken ---------------------------------------

def version_of(zone, first, base):
    """The file of ZONE as it is served, and its DS (or None) as the parent has it."""
    host = f"mail.{zone}"
    text = (f"{zone} 5 IN SOA ns.{zone} h.{zone} 1 3600 600 86400 5\n{zone} 5 IN NS ns.{zone}\n"
            f"ns.{zone} 5 IN A {MANY}\n{host} 5 IN A 127.0.10.7\n"
            f"_443._tcp.{host} 5 IN TLSA {first}\n")
    keys, path = make_key(base / zone, zone), base / zone / "zone"
    times = {"expired.test.": (-7200, -3600), "early.test.": (1800, 7200)}     # resolvers allow for such clocks
    if zone in ("unsigned.test.", "stripped.test."):
        path.write_text(text)
    else:
        sign(text, zone, keys, path, *times.get(zone, ()))
    if zone in ("unsigned.test.", "nods.test."):
        return path, None
    named = make_key(base / f"other.{zone}", zone) if zone == "wrongds.test." else keys
    return path, dns.dnssec.make_ds(zone, SigningKey(named, zone).dnskey, "SHA256")


@contextlib.contextmanager
def installation(world, name, targets):
    """Another alnitak, with hand-made lineages; pinned to the first, with a second."""
    made = Alnitak(world.base / name, key=world.key_file, **{
        f"target {host}": {"tlsa": [f"311 443 tcp {owner_host}"], "reload": "true",
                           "probe": "off"} for host, owner_host in targets.items()})
    made.lineages = {host: Lineage(made.base / "etc/letsencrypt", host).renew()
                     for host in targets}
    made.configure().run("init")
    made.run("pre")
    for lineage in made.lineages.values():
        lineage.renew()
    yield made
    assert not made.sanitizer_findings(), made.sanitizer_findings()


def links_of(alnitak):
    return [alnitak.link(host, part).readlink() for host in alnitak.lineages
            for part in ("cert", "chain", "fullchain", "privkey")]


@pytest.fixture(scope="module")
def broken(world):
    """A target for each zone; all are delegated to one server of static zones."""
    with installation(world, "broken", {zone.rstrip("."): f"mail.{zone.rstrip('.')}"
                                        for zone in ZONES}) as alnitak:
        with served(world, alnitak):
            yield alnitak


@contextlib.contextmanager
def served(world, alnitak):
    base = world.base / "zones"
    first = {f"{host}.": record(lineage.path("cert", 1))
             for host, lineage in alnitak.lineages.items()}
    files = {zone: version_of(zone, first[zone], base) for zone in ZONES}
    server = Views("static", world.base, {MANY: {z: path for z, (path, _) in files.items()}})
    server.start()
    for zone, (_, ds) in files.items():
        changes = [("add", zone, 5, "NS", f"ns.{zone}"), ("add", f"ns.{zone}", 5, "A", MANY)]
        changes += [("add", zone, 5, "DS", ds.to_text())] if ds else []
        dnsquery.update(world.root.address, "test.", *changes)
    yield
    server.stop()


@pytest.fixture(scope="module")
def refused(broken):
    before = links_of(broken), broken.snapshot()
    done = broken.run("run", ok=(1,))
    assert (links_of(broken), broken.snapshot()) == before
    return text_of(done).splitlines()


@pytest.mark.parametrize("zone", ZONES)
def test_a_zone_that_nobody_can_validate(refused, zone):
    lines = [line for line in refused if f" {zone.rstrip('.')}: " in line]
    assert len(lines) == 1, refused
    assert re.search(ZONES[zone], lines[0]), lines[0]


def test_who_knows_may_go_without(broken):
    """With dnssec = "off" all of these zones are found and their servers asked."""
    broken.configure(dnssec="off")
    told = {one["target"]: one["findings"] for one in broken.told("check")["targets"]}
    for zone in ZONES:
        at_server, = (finding for finding in told[zone.rstrip(".")]
                      if f" at {MANY}" in finding["subject"])
        assert "serves {" in at_server["detail"], at_server


@pytest.fixture(scope="module")
def unsigned(world):
    """A target in a dynamic zone without signatures."""
    host = "mail.free.test"
    server = Bind("free", FREE, world.base, [Zone(
        "free.test.", f"@ NS ns\nns A {FREE}\nmail A 127.0.10.7", signed=False,
        primary="ns", keys=(world.key,), grant=[f"{world.key.name} zonesub TLSA"])]).start()
    dnsquery.update(world.root.address, "test.", ("add", "free.test.", 5, "NS", "ns.free.test."),
                    ("add", "ns.free.test.", 5, "A", FREE))
    with installation(world, "free-of-dnssec", {host: host}) as alnitak:
        yield alnitak
    server.stop()


def test_a_whole_rollover_without_dnssec(unsigned):
    (host, lineage), = unsigned.lineages.items()
    old, new = (record(lineage.path("cert", version)) for version in (1, 2))
    before = links_of(unsigned)

    def served():
        return dnsquery.records(FREE, owner(host), "TLSA")
    done = unsigned.run("run", ok=(1,))
    assert "no DS at its parent" in text_of(done)
    assert links_of(unsigned) == before and not served()
    unsigned.configure(dnssec="off").run("run")
    assert served() == sorted([old, new]) and links_of(unsigned) == before

    def finished():
        unsigned.run("run")
        return served() == [new] and unsigned.at_rest(host)
    wait_until(finished, "the rollover to finish", 60, every=0.5)

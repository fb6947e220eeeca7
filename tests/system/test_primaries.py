# SPDX-License-Identifier: MIT
"""Whole renewals with every kind of primary, each before secondaries of every kind."""

import re

import pytest

from lab import dnsquery
from lab.base import wait_until
from lab.client import audited
from lab.keyed import HIDDEN, NOBODY, SPLIT, Keyed, KeyedSite
from lab.nameservers import Nsd
from lab.nameservers_bind import (Bind, BindForwarder, BindInline, BindNsec3, BindSecondary,
                                  BindViews)
from lab.nameservers_knot import Knot, KnotNsec3, KnotPrimary
from lab.nameservers_powerdns import PowerDns, PowerDnsSecondary, PowerDnsSoaEdit
from lab.world import HOST, ZONE, leaf, owner

SECONDARIES = {"BIND": BindSecondary, "Knot": Knot, "NSD": Nsd, "PowerDNS": PowerDnsSecondary}


def logged(server, words):
    return words in server.log.read_text()


def narrow(world):
    """The key may do nothing else."""
    with pytest.raises(AssertionError, match="REFUSED|NOTAUTH"):
        world.nsupdate(f"update add {owner()} 5 TXT no")
    return True


def nsec3(world):
    return dnsquery.records(world.primary.address, ZONE, "NSEC3PARAM")


def two_serials(world):
    return logged(world.primary, f"zone {ZONE[:-1]}/IN (unsigned): ") and \
        logged(world.primary, f"zone {ZONE[:-1]}/IN (signed): ")


def edited_serial(world):
    """The SOA record in the database has another serial than the one served."""
    stored = world.primary.util("list-zone", ZONE).stdout
    return f" {dnsquery.serial(world.primary.address, ZONE)} " not in stored


def hidden(world):
    names = dnsquery.records(world.primary.address, ZONE, "NS")
    return len(names) == 4 and f"ns1.{ZONE}" not in names


def in_a_view(world):
    return logged(world.primary, f"view edited: updating zone '{ZONE[:-1]}/IN'")


def forwarded(world):
    return logged(world.secondaries[0], "forwarding update")


def ttls(world):
    return {dnsquery.rrset(dnsquery.ask(address, owner(), "TLSA")).ttl
            for address in world.addresses()}


def another_ttl(world):
    """All records are ours now: a change of record_ttl is carried out, once."""
    world.run_to_rest()
    assert ttls(world) == {2}
    for seconds in (7, 3):
        world.alnitak.configure(record_ttl=seconds)
        world.run_until(lambda: ttls(world) == {seconds}, f"a TTL of {seconds}")
        world.run_to_rest()
    serial = dnsquery.serial(world.primary.address, ZONE)
    world.alnitak.run("run")
    assert dnsquery.serial(world.primary.address, ZONE) == serial


def scene(name, proof, primary, secondaries=SECONDARIES, **options):
    return pytest.param(proof, id=name, marks=[
        pytest.mark.world(primary=primary, secondaries=[*secondaries.values()],
                          zone_ttl=2, record_ttl=2, **options),
        pytest.mark.cell("renewal", name, *secondaries)])


@pytest.mark.parametrize("proof", [
    scene("Knot", narrow, KnotPrimary),
    scene("Knot, NSEC3", nsec3, KnotNsec3),
    scene("PowerDNS", lambda world: not edited_serial(world), PowerDns),
    scene("PowerDNS, SOA-EDIT", edited_serial, PowerDnsSoaEdit),
    scene("BIND", narrow, Bind),
    scene("BIND, inline-signing", two_serials, BindInline),
    scene("BIND, NSEC3", nsec3, BindNsec3),
    scene("BIND, views", in_a_view, BindViews),
    scene("BIND, hidden", hidden, Bind, hidden=True,
          zone_settings={"primary": "127.0.10.2"}),
    scene("BIND, through its secondary", forwarded, Bind,
          {**SECONDARIES, "BIND": BindForwarder}, zone_settings={"primary": "127.0.10.3"}),
])
def test_a_renewal(settled, proof):
    """Behind such a primary; PROOF tells that it is one."""
    settled.alnitak.configure(margin=1)
    versions = [leaf(settled.certbot.live(HOST))]
    runs = []

    def finished():
        runs.append(settled.alnitak.run("run", ok=None))
        return settled.finished()
    with audited(settled, rate=4) as client:     # other worlds run beside this one
        runs.append(settled.renew())
        versions.append(leaf(settled.certbot.live(HOST)))
        wait_until(finished, "the rollover to finish", 60, every=1)
    said = "".join(one.stdout + one.stderr for one in runs)
    assert "error:" not in said and "error code" not in said, said
    assert client.certificates == versions
    assert proof(settled), "not the scene that it claims to be"
    another_ttl(settled)


# ---- Those that cannot be asked as servers of the delegation are ---------------


@pytest.fixture(scope="module")
def keyed():
    world = Keyed()
    try:
        yield world.start()
    finally:
        world.stop()


def hidden_at(name, *before):
    return {"primary": [*before, HIDDEN[name][1]]}


# The names of these tests have "key" in them: tests/lab/groups wants them together.
@pytest.mark.parametrize("name, settings, says", [
    pytest.param("bind", hidden_at("bind", NOBODY), f"at {HIDDEN['bind'][1]} : serves",
                 id="its key alone is answered"),
    pytest.param("knot", hidden_at("knot"), f"at {HIDDEN['knot'][1]} : serves",
                 id="its key is refused"),
    pytest.param("powerdns", hidden_at("powerdns"), f"at {HIDDEN['powerdns'][1]} : serves",
                 id="its key is as good as none"),
    pytest.param("split", {}, f"at {SPLIT} ns.split.test.: serves",
                 id="its key chooses the view"),
])
def test_a_primary_and_its_key(keyed, name, settings, says):
    """The record goes to the primary and comes out of the signer; a renewal, too."""
    here = KeyedSite(keyed, name, **settings)
    here.settle()
    here.alnitak.run("pre")
    here.lineage.renew()
    here.alnitak.run("deploy")
    here.settle()
    told = here.alnitak.run("check").stdout
    assert says in told and "BAD" not in told, told
    assert not here.alnitak.sanitizer_findings()
    if name == "bind":
        assert f"----  {here.owner} at {NOBODY} : unreachable from here" in told, told


def test_a_primary_that_is_not_asked_with_the_key(keyed):
    """What would help is said."""
    here = KeyedSite(keyed, "bind2", zone="bind", sign_questions="no", **hidden_at("bind"))
    done = here.alnitak.run("run", ok=(1,))
    told = done.stdout + done.stderr
    assert f"{HIDDEN['bind'][1]}: REFUSED; let it answer this host or, to questions " \
        "signed with it, the zone's key" in told, told


def test_no_resolver_before_one_keyed(keyed):
    """A name server is no resolver, though it answers; the next one is asked."""
    server = HIDDEN["powerdns"][3]
    here = KeyedSite(keyed, "other", zone="powerdns", **hidden_at("powerdns"))
    told = here.alnitak.configure(resolver=[server]).run("run", ok=(1,))
    assert re.search(f"resolver {server}: (it is no resolver|REFUSED)",
                     told.stdout + told.stderr), told
    here.alnitak.configure(resolver=[server, keyed.resolver.address])
    here.settle()
    assert not here.alnitak.sanitizer_findings()

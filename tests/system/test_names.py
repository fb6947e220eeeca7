# SPDX-License-Identifier: MIT
"""Owners under other names, in real zones: aliases, cuts below, wildcards, odd names."""

import pytest

from conftest import no_findings
from lab import dnsquery
from lab.base import run, wait_until
from lab.client import association, audited, fingerprint
from lab.lineage import Lineage
from lab.names import NS4, ZONE2, NamesWorld
from lab.nameservers_knot import KnotOnline
from lab.nameservers_powerdns import PowerDnsNarrow
from lab.program import Alnitak
from lab.world import HOST, ZONE, certificate, leaf, owner, record

END = f"_dane.mail.{ZONE2}"


@pytest.fixture
def world(request):
    """Like that of conftest.py, with the second zone."""
    world = NamesWorld(**request.node.get_closest_marker("world").kwargs)
    try:
        yield world.start()
    finally:
        world.stop()
    no_findings(world.alnitak)


def watched(*world):
    """The client asks at every end, so it is not as fast as on plain names."""
    return audited(*world, rate=2)


def zone2(world):
    """The section for the second zone."""
    return {"zone example2.test": {"key": world.key2_file}}


def told(world, word="status"):
    done = world.alnitak.run(word, ok=None)
    return done.stdout + done.stderr


# ---- Aliases --------------------------------------------------------------

@pytest.mark.world(records=f"{owner()} 5 CNAME {END}", ends={HOST: (END, ZONE2)})
def test_renewals_over_an_alias_into_another_zone(settled):
    settled.alnitak.configure(**zone2(settled))
    old = settled.live_record()
    with watched(settled) as client:
        settled.renew()
        settled.comes_to_serve(old, settled.live_record())
        settled.run_until_finished()
    assert len(client.certificates) == 2
    assert dnsquery.records(settled.primary.address, owner(), "CNAME") == [END]
    assert f"{owner()} (alias of {END})" in told(settled, "check")


@pytest.mark.world(records=f"{owner()} 5 CNAME {END}", ends={HOST: (END, ZONE2)})
def test_an_alias_into_a_zone_without_a_key_is_refused(fresh):
    done = fresh.alnitak.run("run", ok=(1,))
    text = done.stdout + done.stderr
    for words in (f"{owner()} is an alias of {END} in zone {ZONE2}", "add a zone section"):
        assert words in text, text
    assert fresh.all_serve()
    fresh.alnitak.configure(**zone2(fresh)).run("run")
    fresh.comes_to_serve(fresh.live_record())


CHAIN = f"""{owner()} 5 CNAME _c1.{ZONE2}
{owner("www.example.test", 1443)} 5 CNAME {END}"""


@pytest.mark.world(hosts=(HOST, "www.example.test"), records=CHAIN,
                   records2=f"_c1.{ZONE2} 5 CNAME {END}",
                   ends={HOST: (END, ZONE2), "www.example.test": (END, ZONE2)})
def test_two_lineages_share_the_end_of_two_chains(fresh):
    fresh.alnitak.configure(**zone2(fresh)).run("run")
    both = [fresh.live_record(host) for host in fresh.hosts]
    fresh.comes_to_serve(*both)
    with watched(fresh), watched(fresh, "www.example.test"):
        fresh.certbot.renew(**fresh.alnitak.hooks(), options=["--cert-name", HOST])

        def done():
            fresh.alnitak.run("run")
            return fresh.alnitak.at_rest(HOST) and fresh.all_serve(
                fresh.live_record(), both[1])
        wait_until(done, "the record of one to change and that of the other to stay",
                   90, every=1)


@pytest.mark.world(records=f"_tcp.{HOST}. 5 DNAME _dane.{ZONE2}",
                   ends={HOST: (f"_443._dane.{ZONE2}", ZONE2)})
def test_a_renewal_below_a_dname(settled):
    settled.alnitak.configure(**zone2(settled))
    with watched(settled):
        settled.renew()
        settled.run_until_finished()
    assert f"alias of _443._dane.{ZONE2}" in told(settled, "check")


@pytest.mark.world(records=f"{owner()} 5 CNAME {END}", ends={HOST: (END, ZONE2)})
def test_an_alias_that_moves_in_the_middle(settled):
    """What stands at its old end stays while caches may lead there."""
    foreign = f"3 1 1 {'5b' * 32}"
    settled.alnitak.configure(**zone2(settled))
    settled.edit(f"update add {END} 5 TLSA {foreign}", zone=ZONE2)
    new_end = f"_new.{ZONE2}"
    with watched(settled):
        settled.renew()
        both = settled.tlsa()[NS4]
        settled.edit(*(f"update add {new_end} 5 TLSA {one}" for one in both),
                     zone=ZONE2)
        wait_until(lambda: dnsquery.records(settled.resolver.address, new_end, "TLSA",
                                            recurse=True), "no cache to deny the new end", 20)
        settled.edit(f"update delete {owner()} CNAME",
                     f"update add {owner()} 5 CNAME {new_end}")
        settled.alnitak.run("run")
        assert settled.all_serve(*both), "still needed"
        settled.ends[HOST] = (new_end, ZONE2)

        def done():
            settled.alnitak.run("run")
            return (settled.alnitak.at_rest(HOST)
                    and settled.all_serve(settled.live_record(), foreign)
                    and dnsquery.records(NS4, END, "TLSA") == [foreign])
        wait_until(done, "the rollover at the new end", 120, every=1)
    assert settled.presented() == leaf(settled.certbot.live(HOST))


@pytest.mark.world(records=f"{owner()} 5 CNAME {END}", ends={HOST: (END, ZONE2)})
def test_an_alias_that_goes_away(settled):
    settled.alnitak.configure(**zone2(settled))
    with watched(settled):
        settled.renew()
        settled.alnitak.run("run")
        settled.edit(f"update delete {owner()} CNAME",
                     f"update add {owner()} 5 TLSA {settled.tlsa()[NS4][0]}",
                     f"update add {owner()} 5 TLSA {settled.tlsa()[NS4][1]}")
        settled.ends = {}
        settled.run_until_finished(120)
    assert dnsquery.records(NS4, END, "TLSA") == []


@pytest.mark.world(records=f"{owner()} 5 CNAME {END}", ends={HOST: (END, ZONE2)})
def test_a_secondary_with_another_alias_is_waited_for(settled):
    settled.alnitak.configure(**zone2(settled))
    old, before = settled.live_record(), settled.presented()
    settled.edit(f"update add _old.{ZONE2} 5 TLSA {old}", zone=ZONE2)
    settled.edit(f"update delete {owner()} CNAME",
                 f"update add {owner()} 5 CNAME _old.{ZONE2}")
    settled.knot.freeze()
    settled.edit(f"update delete {owner()} CNAME", f"update add {owner()} 5 CNAME {END}",
                 follow=False)
    settled.renew()
    settled.alnitak.run("run")
    text = told(settled)
    assert settled.knot.address in text and f"want alias of {END}" in text, text
    assert settled.presented() == before
    settled.knot.thaw()
    settled.run_until_finished(120)


@pytest.mark.world(records=f"{owner()} 5 CNAME _b.example.test.\n"
                           f"_b.example.test. 5 CNAME {owner()}")
def test_a_loop_is_refused(fresh):
    done = fresh.alnitak.run("run", ok=(1,))
    assert owner() in done.stderr and ("loops" in done.stderr or "SERVFAIL" in done.stderr)
    assert "updating zone" not in fresh.primary.tail(5)


# ---- Wildcards ------------------------------------------------------------

WILD = "mx.wild.example.test"


def addresses(world, name):
    return dnsquery.records(world.primary.address, name, "A")


def wild_world(**more):
    return pytest.mark.world(hosts=(WILD,), bare=(WILD,),
                             records="*.wild.example.test. 5 A 127.0.10.7", **more)


@pytest.mark.parametrize("labels", [
    pytest.param(3, marks=wild_world(), id="BIND"),
    pytest.param(4, marks=wild_world(primary=KnotOnline, secondaries=()), id="Knot, online"),
    pytest.param(3, marks=wild_world(primary=PowerDnsNarrow, secondaries=()),
                 id="PowerDNS, narrow"),
])
def test_a_host_by_a_wildcard_keeps_its_address(fresh, labels):
    """LABELS of the signature: an online signer makes the name look like its own."""
    answer = dnsquery.ask(fresh.primary.address, WILD, "A")
    assert [found[0].labels for found in answer.answer if found.covers] == [labels]
    text = fresh.alnitak.run("run", ok=(1,)).stderr
    assert f"{WILD}. exists only by the wildcard *.wild.example.test." in text, text
    assert fresh.all_serve(host=WILD)
    assert addresses(fresh, WILD) == ["127.0.10.7"]
    # As the message says: an address of its own, and all is well.
    fresh.edit(f"update add {WILD}. 5 A 127.0.10.7")
    fresh.alnitak.run("run")
    fresh.comes_to_serve(fresh.live_record(WILD), host=WILD)
    assert addresses(fresh, WILD) == ["127.0.10.7"]


@pytest.mark.world(hosts=(WILD,), bare=(WILD,), records="*.wild.example.test. 5 A 127.0.10.7")
def test_a_wildcard_is_hidden_where_that_is_allowed(fresh):
    fresh.alnitak.settings[f"target {WILD}"]["wildcard"] = "allow"
    fresh.alnitak.configure().run("run", ok=None)
    wait_until(lambda: fresh.all_serve(fresh.live_record(WILD), host=WILD), "the record")
    assert addresses(fresh, WILD) == []


@pytest.mark.world()
def test_from_a_wildcards_records_to_records_of_ones_own(fresh):
    fresh.edit(f"update add *._tcp.{HOST}. 5 TLSA {fresh.live_record()}")
    with watched(fresh):
        text = fresh.alnitak.run("run", ok=(1,)).stderr
        assert f"by the wildcard *._tcp.{HOST}." in text and 'wildcard = "allow"' in text, text
        fresh.alnitak.settings[f"target {HOST}"]["wildcard"] = "allow"
        fresh.alnitak.configure()
        fresh.renew()
        fresh.run_until_finished()
    other = dnsquery.records(fresh.primary.address, f"_25._tcp.{HOST}", "TLSA")
    assert len(other) == 1, "the wildcard goes on answering for the others"


@pytest.mark.parametrize("kind", [
    pytest.param("BIND", marks=pytest.mark.world()),
    pytest.param("Knot", marks=pytest.mark.world(primary=KnotOnline, secondaries=())),
    pytest.param("PowerDNS", marks=pytest.mark.world(primary=PowerDnsNarrow, secondaries=()))])
def test_one_record_for_all_ports(fresh, kind):
    """The owner is a wildcard, and every port has its record."""
    fresh.alnitak.settings[f"target {HOST}"] |= {
        "tlsa": [f"311 * tcp {HOST}"], "probe": [f"{HOST}:443"]}
    fresh.alnitak.configure().run("run")
    fresh.comes_to_serve(fresh.live_record())
    assert dnsquery.records(fresh.primary.address, f"_25._tcp.{HOST}", "TLSA"), kind
    old = fresh.live_record()
    with watched(fresh) as client:
        fresh.renew()
        fresh.comes_to_serve(old, fresh.live_record())
        fresh.run_until_finished()
    assert len(client.certificates) == 2
    assert told(fresh, "check").startswith("ALNITAK OK")


@pytest.mark.world()
def test_a_record_for_all_ports_is_proven_where_the_list_says(fresh):
    """Nobody knows which ports there are: without a list nothing old is deleted."""
    fresh.alnitak.settings[f"target {HOST}"]["tlsa"] = [f"311 * tcp {HOST}"]
    fresh.alnitak.configure().run("run")
    fresh.comes_to_serve(fresh.live_record())
    old = fresh.live_record()
    fresh.renew()
    fresh.run_until(lambda: "not probed: *" in told(fresh), "the release", ok=(0, 1))
    assert fresh.all_serve(old, fresh.live_record())
    fresh.alnitak.settings[f"target {HOST}"]["probe"] = [f"{HOST}:443"]
    fresh.alnitak.configure()
    fresh.run_until_finished()


WILD_SET = f"3 1 1 {'5b' * 32}"


def wild_set(**more):
    return pytest.mark.world(records=f"*._tcp.{HOST}. 5 TLSA {WILD_SET}", secondaries=(), **more)


@pytest.mark.parametrize("labels", [
    pytest.param(5, marks=wild_set(primary=KnotOnline), id="Knot, online"),
    pytest.param(4, marks=wild_set(primary=PowerDnsNarrow), id="PowerDNS, narrow"),
])
def test_records_by_a_wildcard_are_not_the_owners(fresh, labels):
    answer = dnsquery.ask(fresh.primary.address, owner(), "TLSA")
    assert [found[0].labels for found in answer.answer if found.covers] == [labels]
    text = fresh.alnitak.run("run", ok=(1,)).stderr
    assert f"{{3 1 1 5b5b5b5b..}} by the wildcard *._tcp.{HOST}." in text, text
    assert fresh.all_serve(WILD_SET)
    # As the message says: the set at a name of its own, and all is well.
    fresh.edit(f"update add {owner()} 5 TLSA {WILD_SET}")
    fresh.alnitak.run("run")
    fresh.comes_to_serve(fresh.live_record(), WILD_SET)


# ---- Cuts -----------------------------------------------------------------

CUT = f"_tcp.{HOST}."


@pytest.mark.world(cuts=(CUT,), ends={HOST: (owner(), CUT)})
def test_a_zone_cut_below_the_host(fresh):
    """The zone of the owner counts, not that of the host."""
    text = fresh.alnitak.run("run", ok=(1,)).stderr
    assert f"zone {CUT}: no key is configured" in text, text
    assert fresh.all_serve()
    fresh.alnitak.configure(**{f"zone {CUT.rstrip('.')}": {"key": fresh.key2_file}})
    fresh.alnitak.run("run")
    with watched(fresh):
        fresh.renew()
        fresh.run_until_finished()


# ---- Odd names ------------------------------------------------------------

@pytest.mark.world()
def test_mixed_case(fresh):
    name = "_443._TCP.MAIL.Example.Test."
    fresh.edit(f"update add {name} 5 TLSA {fresh.live_record()}")
    fresh.alnitak.settings[f"target {HOST}"]["tlsa"] = ["311 443 tcp mAIL.eXample.tEST"]
    fresh.alnitak.configure()
    with watched(fresh):
        fresh.renew()
        fresh.run_until_finished()


LONG = ".".join(["a" * 63, "b" * 63, "c" * 63, "d" * 38, "example.test"])


@pytest.mark.world()
def test_the_longest_name(fresh):
    target = fresh.alnitak.settings[f"target {HOST}"]
    target.update(tlsa=[f"311 443 tcp {LONG}"], probe=[f"{HOST}:443"])
    fresh.ends[HOST] = (owner(LONG), ZONE)
    fresh.alnitak.configure().run("run")
    fresh.comes_to_serve(fresh.live_record())
    fresh.renew()
    fresh.run_until_finished()
    target["tlsa"] = [f"311 8443 tcp {LONG}"]
    done = fresh.alnitak.configure().run("configtest", ok=(3,))
    assert "255 octets" in done.stdout + done.stderr


# ---- Several parties at one owner -----------------------------------------

RSA = "rsa.lineage"


@pytest.mark.world()
def test_rsa_and_ecdsa_at_one_owner(fresh):
    """Two lineages of one host, presented side by side."""
    fresh.certbot.issue(RSA, HOST, options=["--key-type", "rsa"])
    target = fresh.alnitak.settings[f"target {HOST}"]
    fresh.alnitak.configure(**{f"target {RSA}": {**target, "tlsa": [f"311 443 tcp {HOST}"]}})
    fresh.alnitak.run("init")
    fresh.nginx.stop()
    fresh.nginx.services = [(f"{HOST}+{RSA}", "127.0.10.7", 443)]
    fresh.nginx.start()
    fresh.alnitak.run("run")
    both = (HOST, RSA)
    wait_until(lambda: fresh.all_serve(*map(fresh.live_record, both)), "both records")
    with watched(fresh):
        fresh.renew()

        def done():
            fresh.alnitak.run("run")
            return all(map(fresh.alnitak.at_rest, both)) and fresh.all_serve(
                *map(fresh.live_record, both))
        wait_until(done, "both rollovers to finish", 120, every=1)


@pytest.mark.world()
def test_two_hosts_with_keys_of_their_own_at_one_owner(settled):
    base = settled.base / "second"
    lineage = Lineage(base / "etc/letsencrypt", HOST).renew()
    other_key = settled.other_key.write(settled.base / "other.key")
    other = Alnitak(base, **{"zone example.test": {"key": other_key}, f"target {HOST}": {
        "tlsa": ["311 443"], "reload": "true", "probe": "off", "linger": 1}}).configure()
    other.run("init")
    other.run("run")
    both = settled.live_record(), record(lineage.path("cert"))
    wait_until(lambda: settled.all_serve(*both), "the records of both everywhere")
    with watched(settled):
        other.run("pre")
        lineage.renew()
        other.run("post", ok=(0,))
        settled.renew()

        def done():
            other.run("run")
            settled.alnitak.run("run")
            return settled.alnitak.at_rest(HOST) and settled.all_serve(
                settled.live_record(), record(lineage.path("cert")))
        wait_until(done, "each to have its own record there", 120, every=1)
    assert not other.sanitizer_findings()


# ---- Parameters -----------------------------------------------------------

def trusts(world, usage, selector, mtype):
    """Does the service's chain match the records there are? Asks openssl."""
    words = [word for one in world.tlsa()[world.primary.address]
             for word in ("-dane_tlsa_rrdata", one)]
    done = run("openssl", "s_client", "-connect", "127.0.10.7:443", "-servername", HOST,
               "-dane_tlsa_domain", HOST, *words, ok=None)
    return "Verification: OK" in done.stdout and f"DANE TLSA {usage} {selector} {mtype}" \
        in done.stdout or done.stdout


@pytest.mark.parametrize("params", ["211", "201"])
@pytest.mark.world()
def test_issuer_records_release_at_once(fresh, params):
    fresh.alnitak.settings[f"target {HOST}"]["tlsa"] = [f"{params} 443"]
    fresh.alnitak.configure()
    fresh.run_until_known()
    before = fresh.tlsa()
    assert all(before.values()) and len({*map(tuple, before.values())}) == 1
    assert trusts(fresh, *params) is True
    fresh.renew()
    wait_until(lambda: fresh.presented() == leaf(fresh.certbot.live(HOST)), "the release", 20)
    assert trusts(fresh, *params) is True
    assert fresh.tlsa() == before


@pytest.mark.world()
def test_parameters_change_between_two_renewals(settled):
    with watched(settled):
        settled.renew()
        settled.run_until_finished()
        settled.alnitak.settings[f"target {HOST}"]["tlsa"] = ["301 443", "312 443"]
        settled.alnitak.configure()
        der = certificate(settled.certbot.live(HOST))
        wanted = [f"3 0 1 {association(der, 0, 1).hex()}", f"3 1 2 {association(der, 1, 2).hex()}"]

        def changed():
            settled.alnitak.run("run")
            return settled.all_serve(*wanted)
        wait_until(changed, "the new parameters, and only these", 60, every=1)
        settled.renew()
        der = certificate(settled.certbot.live(HOST))
        wanted = [f"3 0 1 {association(der, 0, 1).hex()}", f"3 1 2 {association(der, 1, 2).hex()}"]
        wait_until(changed, "the renewal with the new parameters", 60, every=1)
        assert settled.presented() == fingerprint(der)


@pytest.mark.world()
def test_more_than_a_dozen_records(settled):
    foreign = [f"3 1 1 {number:02x}{'5b' * 31}" for number in range(14)]
    settled.edit(*(f"update add {owner()} 5 TLSA {one}" for one in foreign))
    with watched(settled):
        settled.renew()

        def done():
            settled.alnitak.run("run")
            return settled.all_serve(settled.live_record(), *foreign)
        wait_until(done, "the rollover among many", 60, every=1)
    assert "15 records" in told(settled, "check")

# SPDX-License-Identifier: MIT
"""Signed updates at three kinds of primary: every algorithm, every format of key
file, and every fault that has a cause in somebody's configuration."""

import contextlib
import re

import pytest

from lab import dnsquery
from lab.base import wait_until
from lab.faults import (editor_at_work, frozen, granted_elsewhere, no_dnsupdate,
                        not_from_here, not_granted, not_its_zone, server_fails,
                        skewed_clock, updates_reach_bind, updates_reach_knot,
                        updates_reach_powerdns, with_key, wrong_algorithm, wrong_name,
                        wrong_secret, zone_setting)
from lab.nameservers import Key
from lab.nameservers_knot import hides_reasons
from lab.primaries import ALGORITHMS, PRIMARIES, SECONDARIES, TITLES, Primaries, Site

STANDBY = f"3 1 1 {'5b' * 32}"


def cell(feature, row, server, *more, **named):
    """A parameter set that ends with SERVER, and its cell of tests/MATRIX."""
    mark = pytest.mark.cell(feature, row, TITLES[server])
    return pytest.param(*more, server, marks=mark, **named)


@pytest.fixture(scope="module")
def world():
    world = Primaries()
    try:
        yield world.start()
    finally:
        world.stop()


@pytest.fixture
def site(world):
    """Makes sites; none may have a sanitizer's finding."""
    sites = []

    def make(*words, **more):
        sites.append(Site(world, *words, **more))
        return sites[-1]
    yield make
    for one in sites:
        assert not one.alnitak.sanitizer_findings()


@pytest.fixture(scope="module")
def rolled(world):
    """Every algorithm at every primary goes through a renewal, all side by side."""
    sites = {(name, algorithm): Site(world, name, algorithm)
             for name in PRIMARIES for algorithm in ALGORITHMS}
    seen = {which: [] for which in sites}
    for which, here in sites.items():
        here.alnitak.run("run", ok=None)
        seen[which].append(here.serves(here.record(1)))
        here.renew()
        here.alnitak.run("deploy", ok=None)
        seen[which].append(here.serves(here.record(1), here.record(2)))

    def step():
        left = [here for here in sites.values() if not here.serves(here.record(2))]
        for here in left:
            here.alnitak.run("run", ok=None)
        return not left
    with contextlib.suppress(AssertionError):
        wait_until(step, "all old records to go", 90, every=0.5)
    return {which: [*seen[which], here.serves(here.record(2)),
                    here.alnitak.at_rest(here.host),
                    not here.alnitak.sanitizer_findings()]
            for which, here in sites.items()}


@pytest.mark.parametrize("algorithm, primary", [
    cell("algorithm", algorithm, primary, algorithm)
    for algorithm in ALGORITHMS for primary in PRIMARIES])
def test_a_rollover_with_every_algorithm(rolled, primary, algorithm):
    """The first record, both records, the new record: three signed updates."""
    assert rolled[primary, algorithm] == [True] * 5


FORMS = {"tsig-keygen": Key.text, "keymgr": Key.knot, "alg:name:secret": Key.line,
         "certbot ini": Key.ini}


@pytest.mark.parametrize("form, primary", [
    cell("key file", form, primary, form) for form in FORMS for primary in PRIMARIES])
def test_every_format_of_key_file(site, primary, form):
    here = site(primary, form=FORMS[form])
    here.alnitak.run("run")
    assert here.serves(here.record())


@pytest.mark.parametrize("algorithm, says", [
    ("hmac-md5", "hmac-md5"), ("hmac-sha256-128", "without -BITS"), ("hmac-sha3", "algorithm")])
def test_no_other_algorithm(site, algorithm, says):
    here = site("bind")
    here.settings["key"] = Key(here.key.name, algorithm).write(here.base / "weak")
    done = here.alnitak.configure().run("run", ok=(1,))
    line, = (done.stdout + done.stderr).splitlines()
    assert re.search(says, line) and str(here.settings["key"]) in line
    assert not here.served()


# ---- Faults ---------------------------------------------------------------


UNSIGNED_KEY_TROUBLE = (r"REFUSED, unsigned.*PowerDNS.*same name, algorithm and secret.*"
                        r"TSIG-ALLOW-DNSUPDATE {key}\).*clocks")
BIND_KEY = r"BADKEY.*BIND: a key statement of this very name and algorithm"
KNOT_REFUSES = "NOTAUTH, unsigned" if hides_reasons() else "BADKEY"
KNOT_KEY = KNOT_REFUSES + r'.*Knot: .*"key:", and an acl of zone {zone}.* with "key: {key}"'
KNOT_FROZEN = (r"(is silent|time was over).*Knot.*frozen" if hides_reasons() else
               r"REFUSED\).*Knot: .*frozen")
# By 1000 s, and by what a loaded machine adds while the answer is on its way.
CLOCK_AHEAD = r"clock (99[5-9]|10[0-4]\d) s ahead of ours.*NTP"
PDNS_META = r'REFUSED\).*PowerDNS: "pdnsutil add-meta {zone}\. TSIG-ALLOW-DNSUPDATE {key}"'

FAULTS = {
    wrong_secret: {"bind": "BADSIG.*secret of {key}.*key file",
                   "knot": "BADSIG.*secret of {key}.*key file",
                   "powerdns": UNSIGNED_KEY_TROUBLE},
    wrong_name: {"bind": BIND_KEY, "knot": KNOT_KEY, "powerdns": UNSIGNED_KEY_TROUBLE},
    wrong_algorithm: {"bind": BIND_KEY, "knot": KNOT_KEY, "powerdns": UNSIGNED_KEY_TROUBLE},
    skewed_clock: {"bind": CLOCK_AHEAD,
                   "knot": CLOCK_AHEAD,
                   "powerdns": UNSIGNED_KEY_TROUBLE},
    not_granted: {"bind": r'REFUSED.*BIND: "grant {key} name {owner} TLSA;".*update-policy',
                  "knot": KNOT_KEY, "powerdns": PDNS_META},
    granted_elsewhere: {
        "bind": r'REFUSED.*BIND: "grant {key} name {owner} TLSA;".*update-policy',
        "knot": KNOT_REFUSES + '.*"update-owner-name: {owner}", "update-type: TLSA"'},
    not_its_zone: {name: r"the primary 127\.0\.10\.1: not authoritative for.*primary in its zone section "
                         r"names the wrong one"
                   for name in PRIMARIES},
    updates_reach_bind: {"knot": r"NOTAUTH\).*(set|correct) `primary`.*BIND: .*the view",
                         "powerdns": r"NOTAUTH\).*(set|correct) `primary`.*BIND: .*the view"},
    updates_reach_knot: {"bind": r"NOTAUTH, unsigned\).*Knot.*(set|correct) `primary`",
                         "powerdns": r"NOTAUTH, unsigned\).*Knot.*(set|correct) `primary`"},
    updates_reach_powerdns: {"bind": r"NOTAUTH\).*(set|correct) `primary`",
                             "knot": r"NOTAUTH\).*(set|correct) `primary`"},
    frozen: {"bind": r"REFUSED\).*BIND.*frozen.*rndc thaw {zone}",
             "knot": KNOT_FROZEN + ".*knotc zone-thaw {zone}"},
    server_fails: {"bind": r"SERVFAIL.*BIND: .*\.jnl not writable",
                   "knot": r"SERVFAIL.*Knot: .*signing keys missing in its KASP",
                   "powerdns": r"SERVFAIL.*PowerDNS: .*backend"},
    no_dnsupdate: {"powerdns": r"REFUSED\).*PowerDNS: .*dnsupdate=yes"},
    not_from_here: {"powerdns": r"REFUSED\).*PowerDNS: .*allow-dnsupdate-from"},
}


def title(fault):
    words = fault.__name__.split("_")
    return " ".join(TITLES.get(word, word) for word in words)


def secrets(here):
    keys = [here.key, here.world.stranger, *here.world.keys.values()]
    return [key.secret for key in keys] + re.findall(
        'secret "(.*)"', "".join(path.read_text() for path in here.base.glob("bad")))


def one_line(here, *word):
    """What a run says that must fail and change nothing."""
    disk, dns = here.alnitak.snapshot(), here.served()
    done = here.alnitak.run(*word, ok=(1,))
    line, = (done.stdout + done.stderr).splitlines()
    assert here.served() == dns
    assert here.alnitak.snapshot() == disk
    assert here.host in line
    assert not any(secret in line for secret in secrets(here))
    return line


def key_name(here):
    return re.search(r"(\w[\w.-]*\.key\.test)", here.settings["key"].read_text())[1]


@pytest.mark.parametrize("fault, says, primary", [
    cell("fault", title(fault), primary, fault, says, id=f"{fault.__name__}-{primary}")
    for fault, by_primary in FAULTS.items() for primary, says in by_primary.items()])
def test_a_fault_says_what_to_change_and_changes_nothing(site, primary, fault, says):
    here = site(primary)
    here.alnitak.run("run")
    here.renew()
    with fault(here):
        line = one_line(here, "deploy")
        names = {"zone": re.escape(here.zone), "owner": re.escape(here.owner),
                 "key": re.escape(key_name(here)) + r"\."}
    for name, text in names.items():
        says = says.replace(f"{{{name}}}", text)
    assert re.search(says, line), line
    here.alnitak.run("run")
    assert here.serves(here.record(1), here.record(2)), "once mended, it goes on"


AT_REST = wrong_secret, wrong_name, skewed_clock, not_granted, granted_elsewhere


@pytest.mark.parametrize("primary", PRIMARIES)
def test_check_knows_before_the_next_renewal(site, primary):
    """By an update that changes nothing, neither the serial; key, clock and right."""
    here = site(primary)
    here.alnitak.run("run")
    assert here.serves(here.record())

    def serial():
        return dnsquery.serial(here.server.address, f"{here.zone}.")

    def first_line(status):
        before = serial(), here.alnitak.snapshot()
        line = here.alnitak.run("check", ok=(status,)).stdout.splitlines()[0]
        assert (serial(), here.alnitak.snapshot()) == before
        return line
    assert first_line(0).startswith("ALNITAK OK - ")
    for fault in AT_REST:
        if primary not in FAULTS[fault]:
            continue
        with fault(here):
            line = first_line(2)
            says = FAULTS[fault][primary].format(
                zone=re.escape(here.zone), owner=re.escape(here.owner),
                key=re.escape(key_name(here)) + r"\.")
        assert line.startswith(f"ALNITAK CRITICAL - {here.host}: update of {here.owner}: ")
        assert re.search(says, line), (fault, line)
        assert not any(secret in line for secret in secrets(here))


@pytest.mark.parametrize("says, secondary", [
    cell("a secondary taken for the primary", "bind", name, says, id=name)
    for name, says in {"nsd": "NOTIMP, unsigned.*NSD.*never take updates; (set|correct) `primary`",
                       "bind": "BADKEY.*a secondary lacks the key: (set|correct) `primary`",
                       "knot": KNOT_REFUSES + ".*(set|correct) `primary`",
                       "powerdns": "REFUSED, unsigned.*a secondary lacks the key: "
                                   "(set|correct) `primary`"}.items()])
def test_a_secondary_is_no_primary(site, secondary, says):
    here = site("bind")
    here.alnitak.run("run")
    address = SECONDARIES[secondary][1]
    wait_until(lambda: dnsquery.records(address, here.owner, "TLSA") == here.served(),
               "the secondary to follow")
    here.renew()
    with zone_setting(here, primary=address):
        line = one_line(here, "deploy")
    assert re.search(says, line) and address in line, line
    here.alnitak.run("run")
    assert here.serves(here.record(1), here.record(2))


# ---- What a message advises helps -------------------------------------------


def follow_bind(server, line):
    rule = re.search(r'"grant (.*?);"', line)[1]
    server.zones[0].grant.append(rule)


def follow_knot(server, line):
    key = re.search(r'"key: (\S+)"', line)[1]
    owner, rdtype = (re.search(f'"{word}: (.*?)"', line)[1]
                     for word in ("update-owner-name", "update-type"))
    server.zones[0].grant.append(f"{key} name {owner} {rdtype}")


def follow_powerdns(server, line):
    server.util(*re.search(r'"pdnsutil (.*?)"', line)[1].split())


@pytest.mark.parametrize("follow, primary", [
    cell("the advice helps", "not granted", name, follow, id=name) for name, follow in
    {"bind": follow_bind, "knot": follow_knot, "powerdns": follow_powerdns}.items()])
def test_the_advice_helps(site, primary, follow):
    here = site(primary)
    with with_key(here, here.world.stranger):
        follow(here.server, one_line(here, "run"))
        here.server.restart()
        here.alnitak.run("run")
        assert here.serves(here.record())


# ---- Edits between the look and the update ----------------------------------


def race(what):
    return pytest.mark.parametrize("primary", [cell("race", what, name) for name in PRIMARIES])


@race("a first record appears")
def test_a_record_appears_where_none_was(site, primary):
    """The record of the other stays, and ours comes beside it."""
    here = site(primary)
    with editor_at_work(here, ("add", here.owner, 1, "TLSA", STANDBY)) as replies:
        here.alnitak.run("run")
        here.alnitak.run("run")
    assert replies[0] == ("YXRRSET", [STANDBY])
    assert here.serves(here.record(), STANDBY)


@race("another record appears")
def test_a_record_appears_beside_ours(site, primary):
    """Nothing is lost, and links wait."""
    here = site(primary)
    here.alnitak.run("run")
    here.renew()
    link = here.alnitak.link(here.host).readlink()
    with editor_at_work(here, ("add", here.owner, 1, "TLSA", STANDBY)) as replies:
        here.alnitak.run("deploy")
        assert here.alnitak.link(here.host).readlink() == link
        here.alnitak.run("run")
    assert replies[0] == ("NXRRSET", sorted([here.record(1), STANDBY]))
    assert here.serves(here.record(1), here.record(2), STANDBY)


@race("the new record goes")
def test_the_old_record_does_not_go_without_the_new(site, primary):
    """Somebody deletes the new record just before alnitak deletes the old one."""
    here = site(primary)
    here.alnitak.run("run")
    here.renew()
    here.alnitak.run("deploy")
    wait_until(lambda: here.alnitak.run("run") and here.alnitak.at_rest(here.host),
               "the release", 60, every=0.3)
    assert here.serves(here.record(1), here.record(2))
    gone = ("delete", here.owner, "TLSA", here.record(2))
    with editor_at_work(here, gone) as replies:
        wait_until(lambda: here.alnitak.run("run", ok=None) and replies, "its update", 60,
                   every=0.3)
    assert replies[0] == ("NXRRSET", [here.record(1)])
    assert all(served for _, served in replies)
    wait_until(lambda: here.alnitak.run("run") and here.serves(here.record(2)),
               "the new record alone", 60, every=0.3)


@race("the name becomes an alias")
def test_the_name_becomes_an_alias(site, primary):
    here = site(primary)
    here.alnitak.run("run")
    here.renew()
    disk = here.alnitak.snapshot()
    end = f"elsewhere.{here.zone}."
    alias = ("add", here.owner, 1, "CNAME", end)
    with editor_at_work(here, ("delete", here.owner, "TLSA"), alias) as replies:
        here.alnitak.run("deploy", ok=None)
    assert replies[0] in (("YXRRSET", []), ("NXRRSET", []))
    assert here.alnitak.snapshot() == disk
    assert not here.served()
    done = here.alnitak.run("run", ok=None)
    if primary == "powerdns":       # its key is good for every name of the zone
        assert sorted(here.served(end)) == sorted([here.record(1), here.record(2)])
    else:
        refuses = {"bind": "REFUSED", "knot": KNOT_REFUSES}[primary]
        assert re.search(f"is an alias of {end}.*{refuses}", done.stderr), done.stderr
    assert not here.served()

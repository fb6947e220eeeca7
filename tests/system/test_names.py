# SPDX-License-Identifier: MIT
"""Owners under other names, in real zones: aliases, cuts below, wildcards, odd names."""

import pytest

from conftest import no_findings
from lab import dnsquery
from lab.base import wait_until
from lab.client import audited
from lab.names import NS4, ZONE2, NamesWorld
from lab.world import HOST, ZONE, leaf, owner

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
    with audited(settled) as client:
        settled.renew()
        assert settled.all_serve(old, settled.live_record())
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
    assert fresh.all_serve(fresh.live_record())


CHAIN = f"""{owner()} 5 CNAME _c1.{ZONE2}
{owner("www.example.test", 1443)} 5 CNAME {END}"""


@pytest.mark.world(hosts=(HOST, "www.example.test"), records=CHAIN,
                   records2=f"_c1.{ZONE2} 5 CNAME {END}",
                   ends={HOST: (END, ZONE2), "www.example.test": (END, ZONE2)})
def test_two_lineages_share_the_end_of_two_chains(fresh):
    fresh.alnitak.configure(**zone2(fresh)).run("run")
    both = [fresh.live_record(host) for host in fresh.hosts]
    assert fresh.all_serve(*both)
    with audited(fresh), audited(fresh, "www.example.test"):
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
    with audited(settled):
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
    with audited(settled):
        settled.renew()
        both = settled.tlsa()[NS4]
        settled.edit(*(f"update add {new_end} 5 TLSA {record}" for record in both),
                     zone=ZONE2)
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
    with audited(settled):
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
    settled.primary_edit = settled.edit
    wait = settled.in_step
    settled.in_step = lambda: True
    settled.edit(f"update delete {owner()} CNAME", f"update add {owner()} 5 CNAME {END}")
    settled.in_step = wait
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
    assert "loops" in done.stdout + done.stderr

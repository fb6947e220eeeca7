# SPDX-License-Identifier: MIT
"""Renewals by the real certbot, audited by a DANE client all the while."""

from pathlib import Path

import dns.rrset
import pytest

from lab.base import run, wait_until
from lab.client import audited
from lab.liar import Liars
from lab.telling import message
from lab.world import HOST, ZONE, leaf, owner

SECOND = "www.example.test"
ELSEWHERE = "127.0.12.1"
RECKONER = Path(__file__).parents[1] / "journal"


def test_two_renewals_in_a_row(either):
    versions = [leaf(either.certbot.live(HOST))]
    with audited(either, rate=20) as client:
        for _ in range(2):
            either.renew()
            versions.append(leaf(either.certbot.live(HOST)))
            either.run_until_finished()
    assert client.certificates == versions
    assert either.all_serve(either.live_record())
    run(RECKONER, either.alnitak.state / f"journal/{HOST}.jsonl")
    told = either.alnitak.run("explain", HOST).stdout
    assert told.count("  release ") == 2 and told.count("  shed: ") == 2, told
    deeds = [deed["deed"] for deed in either.alnitak.told("explain", HOST)[0]["journal"]]
    assert deeds.count("release") == deeds.count("shed") == 2, deeds


def test_the_links_wait_for_the_records(settled):
    """After deploy the new record is up and the old certificate is served."""
    old, before = settled.live_record(), settled.presented()
    settled.renew()
    settled.comes_to_serve(old, settled.live_record())
    assert settled.presented() == before
    settled.nginx.reload()
    settled.alnitak.run("run")
    assert settled.presented() == before
    told = settled.alnitak.run("explain", HOST).stdout
    assert f"  publish: records are missing; {owner()} + 3 1 1 " in told
    assert " (accepted)\n" in told, told
    explained, = settled.alnitak.told("explain")
    assert explained["owners"][0]["ledgers"], explained
    printed, = settled.alnitak.told("print")
    assert f"3 1 1 {printed['data']}" == settled.live_record()
    assert "/archive/" in str(settled.alnitak.link(HOST).readlink())


def test_the_first_publication_carries_both_records(fresh):
    """Publishing the new record alone would break the certificate in service."""
    old, updates = fresh.live_record(), fresh.primary.updates(ZONE)
    client = fresh.dane_client().watch()
    fresh.renew()
    fresh.comes_to_serve(old, fresh.live_record())
    assert fresh.primary.updates(ZONE) == updates + 1, "in one message"
    fresh.run_until_finished()
    assert client.stop().mismatches == 0, client


def test_a_renewal_with_the_same_key_releases_at_once(world):
    world.certbot.issue(HOST, options=["--reuse-key"])
    world.alnitak.configure().run("init")
    world.nginx.start()
    world.publish_live()
    world.run_until_known()
    old, updates = world.live_record(), world.primary.updates(ZONE)
    assert updates > 0
    with audited(world):
        world.renew()
        assert world.live_record() == old
        # Nobody calls it again: the hooks released, or nothing will.
        wait_until(world.finished, "the release")
    assert world.primary.updates(ZONE) == updates, "nothing to publish"


def another_set(answer):
    answer.answer = [dns.rrset.from_text(owner(), 3, "IN", "TLSA", f"3 1 1 {'ab' * 32}")]


def test_a_resolver_elsewhere_holds_a_release_up(world):
    """What it has in its cache no server here has served: there is another one.
    What it said once is remembered; then nothing holds the release up."""
    liars = Liars(world.resolver.address).put(ELSEWHERE)
    try:
        world.certbot.issue(HOST, options=["--reuse-key"])
        world.alnitak.configure(outside=[ELSEWHERE], ttl_factor=1).run("init")
        world.nginx.start()
        world.publish_live()
        liars.put(ELSEWHERE, message(another_set))
        before = world.presented()
        with audited(world):
            world.renew()
            assert world.presented() == before
            stands = world.alnitak.stands(HOST)
            assert stands["step"] == "waiting", stands
            assert stands["reason"] in ("outside", "caches"), stands
            checked = world.alnitak.run("check", ok=(2,)).stdout
            assert f"{ELSEWHERE} (outside): holds {{3 1 1 abababab..}} until" in checked
            liars.put(ELSEWHERE)
            world.run_until(lambda: world.presented() != before, "the release")
    finally:
        liars.stop()
    assert not liars.failures, liars.failures[:5]


@pytest.mark.world(hosts=(HOST, SECOND))
def test_two_lineages_in_one_renewal(settled):
    with audited(settled), audited(settled, SECOND):
        settled.renew()
        settled.run_until_finished()


def test_records_of_others_stay(settled):
    """A standby key's record in the same set is not alnitak's to delete."""
    standby = f"3 1 1 {'5b' * 32}"
    settled.nsupdate(f"update add _443._tcp.{HOST} 5 TLSA {standby}")
    old = settled.live_record()
    with audited(settled):
        settled.renew()
        new = settled.live_record()

        def gone():
            settled.alnitak.run("run")
            return settled.all_serve(new, standby)
        wait_until(gone, f"{old} to go and {standby} to stay", 60, every=1)

# SPDX-License-Identifier: MIT
"""Renewals by the real certbot, audited by a DANE client all the while."""

import contextlib
import json

import pytest

from lab import dnsquery
from lab.base import holds, wait_until
from lab.world import HOST, ZONE, leaf, record

SECOND = "www.example.test"


@contextlib.contextmanager
def audited(world, host=HOST):
    """Not one handshake inside may fail; a client with a full cache watches."""
    client = world.dane_client(host).watch()
    wait_until(lambda: client.held, "the client to find the record", 20)
    absent = client.unprotected
    yield client
    client.stop()
    assert client.mismatches == 0, client
    assert client.unprotected == absent, client
    assert not client.errors and not client.refused, client
    assert client.rate >= 20, client


def owners_in(tree):
    """Every TLSA owner that the JSON of status speaks of."""
    if isinstance(tree, dict) and "servers" in tree:
        yield tree
    for branch in (tree.values() if isinstance(tree, dict) else
                   tree if isinstance(tree, list) else ()):
        yield from owners_in(branch)


def test_two_renewals_in_a_row(settled):
    versions = [leaf(settled.certbot.live(HOST))]
    with audited(settled) as client:
        for _ in range(2):
            settled.renew()
            versions.append(leaf(settled.certbot.live(HOST)))
            settled.run_until_finished()
    assert client.certificates == versions
    assert settled.all_serve(settled.live_record())


def test_the_links_wait_for_the_records(settled):
    """After deploy the new record is up and the old certificate is served."""
    old, before = settled.live_record(), settled.presented()
    settled.renew()
    assert settled.all_serve(old, settled.live_record())
    assert settled.presented() == before
    settled.nginx.reload()
    settled.alnitak.run("run")
    assert settled.presented() == before
    assert "/archive/" in str(settled.alnitak.link(HOST).readlink())


def test_a_frozen_secondary_holds_everything_up(settled):
    old, before = settled.live_record(), settled.presented()
    with audited(settled):
        settled.knot.freeze()
        settled.renew()
        new = settled.live_record()

        def nothing_released():
            settled.alnitak.run("run")
            return settled.presented() == before and not settled.alnitak.at_rest(HOST)
        holds(nothing_released, "the old certificate is served", 20, every=1)

        told = settled.alnitak.run("status", ok=None).stdout
        blamed = [line for line in told.splitlines() if "WAIT" in line]
        assert len(blamed) == 1, told
        for word in ("ns3.example.test", settled.knot.address, old[6:14]):
            assert word in blamed[0], told
        assert new[6:14] in told

        owner, = owners_in(settled.alnitak.status())
        laggards = [server for server in owner["servers"] if not server["ok"]]
        assert [server["address"] for server in laggards] == [settled.knot.address]
        assert "ns3.example.test" in laggards[0]["name"]
        assert old[6:] in json.dumps(laggards[0]["serves"]).lower()
        assert new[6:] in json.dumps(owner["wanted"]).lower()

        settled.knot.thaw()
        settled.run_until_finished()


def test_the_first_publication_carries_both_records(fresh):
    """Publishing the new record alone would break the certificate in service."""
    old, serial = fresh.live_record(), dnsquery.serial(fresh.primary.address, ZONE)
    client = fresh.dane_client().watch()
    fresh.renew()
    assert fresh.all_serve(old, fresh.live_record())
    assert dnsquery.serial(fresh.primary.address, ZONE) == serial + 1, "in one message"
    fresh.run_until_finished()
    assert client.stop().mismatches == 0, client


def test_a_renewal_with_the_same_key_releases_at_once(world):
    world.certbot.issue(HOST, options=["--reuse-key"])
    world.alnitak.configure().run("init")
    world.nginx.start()
    world.publish_live()
    old, serial = world.live_record(), dnsquery.serial(world.primary.address, ZONE)
    with audited(world):
        world.renew()
        assert world.live_record() == old
        wait_until(lambda: world.finished(), "the release", 3)
    assert dnsquery.serial(world.primary.address, ZONE) == serial, "nothing to publish"


def test_a_renewal_without_hooks_is_found(settled):
    before = settled.presented()
    with audited(settled) as client:
        settled.certbot.renew()
        settled.alnitak.run("run")
        settled.nginx.reload()      # someone else's: it must not bring the new one
        assert settled.presented() == before
        settled.run_until_finished()
    assert len(client.certificates) == 2


def test_a_second_renewal_while_the_first_is_pending(settled):
    with audited(settled) as client:
        settled.renew()
        settled.renew()
        settled.run_until_finished(90)
    assert client.certificates[-1] == leaf(settled.certbot.live(HOST))


@pytest.mark.world(hosts=(HOST, SECOND))
def test_two_lineages_in_one_renewal(settled):
    with audited(settled), audited(settled, SECOND):
        settled.renew()
        settled.run_until_finished()


def test_the_old_record_stays_while_the_reload_fails(settled):
    """A release is not over before the service has really changed."""
    target = settled.alnitak.settings[f"target {HOST}"]
    good_reload = target["reload"]
    target["reload"] = "exit 1"
    settled.alnitak.configure()
    old, before = settled.live_record(), settled.presented()
    with audited(settled):
        settled.renew()

        def released():
            settled.alnitak.run("run", ok=(0, 1))
            return settled.alnitak.at_rest(HOST)
        wait_until(released, "the release", 60, every=1)

        def still_up():
            settled.alnitak.run("run", ok=(0, 1))
            return (settled.presented() == before
                    and settled.all_serve(old, settled.live_record()))
        holds(still_up, "the old record is up", 8, every=1)
        target["reload"] = good_reload
        settled.alnitak.configure()
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


def test_a_deleted_archive_version_is_still_served(settled):
    """certbot keeps few old versions; a pin outlives the archive's files."""
    before = settled.presented()
    with audited(settled):
        settled.renew()
        for old in (settled.certbot.dir / "archive" / HOST).glob("*1.pem"):
            old.unlink()
        settled.alnitak.run("run")
        settled.nginx.reload()
        assert settled.presented() == before
        settled.run_until_finished()
    assert record(settled.alnitak.link(HOST)) == settled.live_record()

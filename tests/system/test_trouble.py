# SPDX-License-Identifier: MIT
"""Renewals in which something gets in the way; the DANE client never notices."""

import json

import pytest

from lab.base import holds, wait_until
from lab.client import audited
from lab.world import HOST, leaf, record


def owners_in(tree):
    """Every TLSA owner that the JSON of status speaks of."""
    if isinstance(tree, dict) and "servers" in tree:
        yield tree
    for branch in (tree.values() if isinstance(tree, dict) else
                   tree if isinstance(tree, list) else ()):
        yield from owners_in(branch)


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

        told = settled.alnitak.run("status", "-v", ok=None).stdout
        blamed = [line for line in told.splitlines() if "WAIT" in line]
        assert len(blamed) == 1, told
        for word in ("ns3.example.test", settled.knot.address, old[6:14]):
            assert word in blamed[0], told
        assert new[6:14] in told
        told = settled.alnitak.run("status", "--wait=1", ok=(1,)).stdout
        assert told.startswith(f"{HOST}: published, waiting for name servers, then "), told

        owner, = owners_in(settled.alnitak.status())
        laggards = [server for server in owner["servers"] if not server["ok"]]
        assert [server["address"] for server in laggards] == [settled.knot.address]
        assert "ns3.example.test" in laggards[0]["name"]
        assert old[6:] in json.dumps(laggards[0]["serves"]).lower()
        assert new[6:] in json.dumps(owner["wanted"]).lower()

        settled.knot.thaw()
        settled.run_until_finished()


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


@pytest.mark.parametrize("word", ["run", "init"])
def test_a_run_while_certbot_works_leaves_the_pins_alone(following, word):
    """The timer may fire between certbot's pre hook and its deploy hook, and so may
    an administrator."""
    hooks, note = following.alnitak.hooks(), following.base / "note"
    hooks["pre"] += f" && {following.alnitak.hook(word)}" \
                    f" && readlink {following.alnitak.link(HOST)} > {note}"
    with audited(following):
        following.certbot.renew(**hooks)
        assert "/archive/" in note.read_text()
        following.run_until_finished()


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


def test_a_deleted_archive_version_is_still_served(either):
    """certbot keeps few old versions; a pin outlives the archive's files."""
    before = either.presented()
    with audited(either):
        either.renew()
        for old in (either.certbot.dir / "archive" / HOST).glob("*1.pem"):
            old.unlink()
        either.alnitak.run("run")
        either.nginx.reload()
        assert either.presented() == before
        either.run_until_finished()
    assert record(either.alnitak.link(HOST)) == either.live_record()

# SPDX-License-Identifier: MIT
"""The management of a target ends, and no client ever has a record without a match."""

from contextlib import contextmanager
from pathlib import Path

import pytest

from lab.base import run, wait_until
from lab.broken import disk_full
from lab.world import HOST, leaf, owner

SECOND = "www.example.test"
RECKONER = Path(__file__).parents[1] / "journal"
KEEPER = Path(__file__).parents[2] / "dist/keep-files"


@contextmanager
def watched(world):
    """As lab.client.audited(), but that there are no records is what is wanted."""
    client = world.dane_client(per_second=20).watch()
    yield client
    client.stop()
    assert client.mismatches == 0 and not client.errors, client
    assert client.unprotected, client


def phase(world, host=HOST):
    return world.alnitak.stands(host)["phase"]


def until_removed(world, host=HOST, ok=(0,)):
    world.run_until(lambda: phase(world, host) == "removed", "the removal", ok=ok)


def renewed_without(world):
    """certbot renews as before, and nobody stands between it and the service."""
    world.renew()
    world.nginx.reload()
    world.alnitak.run("run")
    wait_until(lambda: world.presented() == leaf(world.certbot.live(HOST)), "the reload")
    assert world.all_serve()


def is_led_to_live(world):
    return "/live/" in str(world.alnitak.link(HOST).readlink())


def keep_files(world):
    """As a package that goes does."""
    script = (KEEPER.read_text().replace("/var/lib/alnitak", str(world.alnitak.state))
              .replace("/etc/letsencrypt", str(world.certbot.dir)))
    return run("sh", "-c", script, "keep-files", world.alnitak.dane).stdout


def test_at_rest(either):
    with watched(either):
        said = either.alnitak.run("remove", HOST).stdout
        assert "being removed, waiting for" in said and "then links to live" in said, said
        assert "/archive/" in str(either.alnitak.link(HOST).readlink())
        until_removed(either)
        assert is_led_to_live(either)
        renewed_without(either)
    assert "delete its section" in either.alnitak.run("status", HOST).stdout
    checked = either.alnitak.findings(HOST)
    assert [one["subject"] for one in checked] == ["state"], checked
    state = either.alnitak.state / f"targets/{HOST}.json"
    assert "stay" in keep_files(either) and is_led_to_live(either)
    assert not either.alnitak.link(HOST, "combined").is_symlink()
    del either.alnitak.settings[f"target {HOST}"]
    either.alnitak.configure().run("run")
    assert not state.exists()
    assert "stay" in keep_files(either) and is_led_to_live(either)


def test_in_a_rollover(settled):
    """It need not be finished: what was in service stays so until nobody asks."""
    old = settled.presented()
    with watched(settled):
        settled.renew()
        dry = settled.alnitak.run("-n", "remove", HOST).stdout
        assert "being removed, the next run: delete" in dry, dry
        settled.alnitak.run("remove", HOST)
        assert settled.presented() == old
        until_removed(settled)
        renewed_without(settled)


def test_in_one_command(settled):
    with watched(settled):
        said = settled.alnitak.run("--wait=2m", "remove", HOST).stdout
        assert f"{HOST}: removed: " in said, said
    settled.alnitak.run("init", HOST)
    settled.run_until_finished()


def test_what_others_have_there_is_not_left_alone(settled):
    standby, old = f"3 1 1 {'5b' * 32}", settled.live_record()
    settled.nsupdate(f"update add {owner()} 5 TLSA {standby}")
    settled.comes_to_serve(old, standby)
    said = settled.alnitak.run("remove", HOST, ok=(1,)).stdout
    assert "3 1 1 5b5b5b5b.. would be left" in said.replace("{", "").replace("}", ""), said
    assert settled.all_serve(old, standby)
    settled.nsupdate(f"update delete {owner()} TLSA {standby}")
    until_removed(settled, ok=(0, 1))
    assert settled.all_serve()


@pytest.mark.world(hosts=(HOST, SECOND))
def test_a_name_that_two_targets_share(settled):
    """Its records go when both are removed; the other owner of the second, too."""
    shared = owner()
    settled.target(SECOND)["tlsa"] += [f"311 443 tcp {HOST}"]
    settled.target(SECOND)["probe"] = "off"
    settled.alnitak.configure()
    both = settled.live_record(), settled.live_record(SECOND)
    settled.run_until(lambda: settled.all_serve(*both), "both records")
    said = settled.alnitak.run("remove", HOST, ok=(1,)).stdout
    assert f"{shared}: without our records" in said, said
    assert settled.all_serve(*both)
    settled.alnitak.run("remove", SECOND)
    until_removed(settled)
    until_removed(settled, SECOND)
    assert settled.all_serve() and settled.all_serve(host=SECOND)


def test_records_that_are_kept(settled):
    old, record = settled.presented(), settled.live_record()
    settled.renew()
    said = settled.alnitak.run("--keep-records", "remove", HOST).stdout
    assert "removed: " in said and "which nobody renews, valid until" in said, said
    assert "/held/" in str(settled.alnitak.link(HOST).readlink())
    settled.nginx.reload()
    settled.alnitak.run("run")
    assert settled.presented() == old
    assert all(record in records for records in settled.tlsa().values())


def test_after_certbot_delete(settled):
    """The order that seems natural: services go on, with files that are held."""
    settled.run_to_rest()
    old = settled.presented()
    with watched(settled):
        settled.certbot.run("delete", "--cert-name", HOST)
        said = settled.alnitak.run("--wait=1m", "remove", HOST).stdout
        assert "lead to held files" in said and "read another certificate" in said, said
        assert leaf(settled.alnitak.link(HOST)) == old and settled.all_serve()
        settled.nginx.reload()
        assert settled.presented() == old


def test_kept_records_go_later(settled):
    """As status says: init, and another remove."""
    record = settled.live_record()
    settled.alnitak.run("--keep-records", "remove", HOST)
    with watched(settled):
        for _ in range(2):
            said = settled.alnitak.run("remove", HOST).stdout
            assert "init and another remove" in said, said
        assert settled.all_serve(record)
        settled.alnitak.run("init", HOST)
        settled.alnitak.run("--wait=1m", "remove", HOST)
        assert settled.all_serve() and is_led_to_live(settled)


def test_a_full_disk(settled):
    """Nothing is begun that cannot be written down; a dead server is called dead."""
    settled.run_to_rest()
    with disk_full(settled):
        for words in ((), ("--keep-records",), ("--wait=1s",)):
            said = settled.alnitak.run(*words, "remove", HOST, ok=(1,)).stderr
            assert "No space left on device; " in said and "ask again" in said, said
    settled.alnitak.run("run")
    assert settled.alnitak.stands(HOST)["phase"] == "at rest"
    settled.nsd.stop()
    settled.alnitak.run("remove", HOST)
    settled.run_until(lambda: f"{settled.nsd.address} nothing listens there" in
                      settled.alnitak.stands(HOST)["detail"], "the dead one")


def test_what_is_waited_for_is_explained(settled):
    """A server that has the record still, then caches, then nothing."""
    def explained():
        return settled.alnitak.run("explain", HOST).stdout

    settled.run_to_rest()
    settled.alnitak.configure(margin=600)
    settled.knot.freeze()
    settled.alnitak.run("remove", HOST)
    settled.run_until(lambda: "has to follow" in settled.alnitak.stands(HOST)["detail"] and
                      f"{settled.knot.address} is behind" in explained(), "the slow one")
    said = explained()
    assert "the records are deleted at the primary, and this server has to follow" in said, said
    assert f"    {settled.knot.address} still serves {{3 1 1 " in said, said
    assert "so nobody can tell yet from when on no cache holds a record" in said, said
    assert "  delete: it is being removed; " in said, said
    settled.knot.thaw()
    settled.run_until(lambda: settled.alnitak.stands(HOST)["reason"] == "caches", "the caches")
    said = explained()
    assert said.startswith(f"{HOST}: waiting until "), said
    assert "caches may still hold our records" in said.splitlines()[0], said
    assert "once no cache has a record any certificate will do" in said, said
    until, = settled.alnitak.told("explain", HOST)
    assert until["owners"][0]["ledgers"][0]["safe_ms"] == until["until_ms"], until
    assert "so no cache holds a record from then on: " in said, said
    assert "still serves" not in said, said
    settled.alnitak.configure(margin=1)
    until_removed(settled)
    said = explained()
    assert said.startswith(f"{HOST}: removed: ") and "    " not in said, said
    assert "no cache has a record any more; none from " in said, said
    run(RECKONER, settled.alnitak.state / f"journal/{HOST}.jsonl")

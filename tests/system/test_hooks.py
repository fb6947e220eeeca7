# SPDX-License-Identifier: MIT
"""Renewals that certbot's hooks do not accompany, or not as they should.

The service reads its certificate at each connection: what the links show is in
service at that moment, and a DANE client looks all the while.
"""

import contextlib
import json
import shutil

import pytest

from lab.base import holds, run, wait_until
from lab.client import audited
from lab.lineage import PARTS
from lab.reader import Reader
from lab.watch import watched
from lab.world import HOST, SERVICE, leaf

HOUR_MS = 3600 * 1000


@pytest.fixture
def reading(world):
    """At rest, all defaults, and no web server but one that reads each time."""
    world.issue_all()
    world.target()["reload"] = "true"
    world.alnitak.configure().run("init")
    world.publish_live()
    reader = Reader(SERVICE, lambda: [world.alnitak.link(HOST, part)
                                      for part in ("fullchain", "privkey")])
    reader.start()
    world.run_until(lambda: world.alnitak.stands(HOST)["step"] == "at rest")
    yield world
    reader.stop()
    assert not reader.troubles


def hooked(world, **hooks):
    """The hooks of README, in certbot's directories, and what these words call."""
    for word, command in {**world.alnitak.hooks(), **hooks}.items():
        hook = world.certbot.dir / "renewal-hooks" / word / "alnitak"
        hook.parent.mkdir(parents=True, exist_ok=True)
        hook.write_text(f"#!/bin/sh\nexec {command}\n")
        hook.chmod(0o755)


def no_hooks(world):
    world.certbot.renew()


def no_directory_hooks(world):
    hooked(world)
    world.certbot.renew(options=["--no-directory-hooks"])


def pre_fails(world):
    hooked(world, pre="/bin/false")
    world.certbot.renew()


def all_fail(world):
    hooked(world, pre="/bin/false", deploy="/bin/false", post="/bin/false")
    world.certbot.renew()


def certonly(world):
    """The other key type, as when an administrator asks for it."""
    hooked(world)
    world.certbot.issue(HOST, options=["--force-renewal", "--key-type", "rsa"])


def the_program_is_missing(world):
    """For a day, say: certbot's hooks find nothing, and no timer runs."""
    missing = {word: f"{world.base}/missing {word}" for word in ("pre", "deploy", "post")}
    hooked(world, **missing)
    world.certbot.renew()
    world.certbot.renew()
    hooked(world)


@pytest.mark.parametrize("renewal", [
    no_hooks, no_directory_hooks, pre_fails, all_fail, certonly, the_program_is_missing],
    ids=lambda renewal: renewal.__name__)
def test_no_hook_is_needed(reading, renewal):
    before = leaf(reading.certbot.live(HOST))
    with audited(reading) as client:
        renewal(reading)
        after = leaf(reading.certbot.live(HOST))
        assert after != before
        holds(lambda: reading.presented() == before, "the old one is served", 3)
        reading.run_until_finished()
    assert client.certificates == [before, after]


@contextlib.contextmanager
def full(directory):
    """A small file system of its own, with what is in DIRECTORY, and no space."""
    backup = directory.with_name("backup")
    run("cp", "-a", directory, backup)
    run("mount", "-t", "tmpfs", "-o", "size=256k,mode=700", "state", directory)
    try:
        run("cp", "-a", f"{backup}/.", directory)
        filler = directory / "filler"
        with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while file.write(bytes(4096)):
                pass
        yield filler
    finally:
        run("umount", directory)


@pytest.mark.parametrize("follows", [False, True], ids=["pinned", "follows"])
def test_a_renewal_while_the_state_directory_is_full(reading, follows):
    """Nothing can be promised, so nothing is published; pre pins all the same."""
    reading.alnitak.configure(follow_live=follows).run("run")
    assert reading.alnitak.at_rest(HOST)
    before = leaf(reading.certbot.live(HOST))
    with full(reading.alnitak.state) as filler, audited(reading) as client:
        hooked(reading)
        reading.certbot.renew()
        done = reading.alnitak.run("run", ok=(1, 4))
        assert "No space left" in done.stderr
        holds(lambda: reading.presented() == before, "the old one is served", 3)
        filler.unlink()
        reading.run_until_finished()
    assert client.certificates == [before, leaf(reading.certbot.live(HOST))]


@pytest.mark.parametrize("files", [PARTS, (*PARTS, "combined")], ids=["without", "combined"])
def test_a_state_lost_before_a_renewal_that_no_hook_saw(following, files):
    """Links that follow live show what was never published: it is not loaded before
    every cache has its record, whether combined.pem tells what was in service or not."""
    following.alnitak.configure(files=files)
    following.run_to_rest()
    before = following.presented()
    with audited(following) as client:
        shutil.rmtree(following.alnitak.state)
        no_hooks(following)
        after = leaf(following.certbot.live(HOST))
        following.alnitak.run("run")
        holds(lambda: following.presented() == before, "what was in service stays", 3)
        following.run_until(lambda: following.presented() == after, "the new one is loaded")
    assert client.certificates == [before, after]


def goes_on(world, before):
    """What was in service is, and what certbot made comes after it, in time."""
    after = leaf(world.certbot.live(HOST))
    world.alnitak.run("run")
    holds(lambda: world.presented() == before, "what was in service stays", 3)
    world.run_until(lambda: world.presented() == after, "the new one is loaded")
    return [before, after]


def test_state_and_links_lost_before_a_renewal_that_no_hook_saw(settled):
    """Links are made for what is adopted: that makes it no certificate that was
    released, and the first who can asks the name servers what was."""
    settled.run_to_rest()
    before = settled.presented()
    with audited(settled) as client:
        shutil.rmtree(settled.alnitak.state)
        shutil.rmtree(settled.alnitak.dane)
        no_hooks(settled)
        settled.alnitak.run("init")
        certificates = goes_on(settled, before)
    assert client.certificates == certificates


def test_state_and_links_lost_while_a_server_is_dead(settled):
    """Its silence makes links that were made for a guess no better."""
    settled.run_to_rest()
    before = settled.presented()
    with audited(settled) as client:
        shutil.rmtree(settled.alnitak.state)
        shutil.rmtree(settled.alnitak.dane)
        settled.knot.stop()
        no_hooks(settled)
        settled.alnitak.run("init")
        settled.alnitak.run("run")
        assert leaf(settled.alnitak.link(HOST)) == before
        holds(lambda: settled.presented() == before, "what was in service stays", 3)
    assert client.certificates == [before]


def test_a_package_that_was_purged_and_comes_back(reading):
    """Its links became plain files, and its state is gone: what these are goes on."""
    before = reading.presented()
    with audited(reading) as client:
        for link in (reading.alnitak.dane / HOST).glob("*.pem"):
            text = link.read_bytes()
            link.unlink()
            link.write_bytes(text)
        shutil.rmtree(reading.alnitak.state)
        no_hooks(reading)
        reading.alnitak.run("init")
        certificates = goes_on(reading, before)
    assert client.certificates == certificates


def test_a_state_lost_while_a_server_is_dead(following):
    """Silence is no reason to leave what combined.pem names."""
    following.alnitak.configure(files=(*PARTS, "combined"))
    following.run_to_rest()
    before = following.presented()
    with audited(following) as client:
        shutil.rmtree(following.alnitak.state)
        following.knot.stop()
        no_hooks(following)
        following.alnitak.run("run")
        assert leaf(following.alnitak.link(HOST)) == before
        holds(lambda: following.presented() == before, "what was in service stays", 3)
    assert client.certificates == [before]


def test_an_installation_from_before_is_pinned_by_its_first_run(reading):
    """Its links follow live; the content stays the same, and one line tells it."""
    reading.alnitak.configure(follow_live=True).run("run")
    assert "/live/" in str(reading.alnitak.link(HOST).readlink())
    del reading.alnitak.settings["follow_live"]
    reading.alnitak.configure()
    with audited(reading) as client:
        done = reading.alnitak.run("run")
        assert len(done.stderr.splitlines()) == 1 and "pinned to version 1" in done.stderr
        assert reading.alnitak.at_rest(HOST)
        assert reading.alnitak.run("run").stderr == ""
        no_hooks(reading)
        reading.run_until_finished()
    assert len(client.certificates) == 2


def test_certonly_is_seen_at_once(settled):
    """No hook and no timer: alnitak.path starts a run when certbot is done."""
    old, before = settled.live_record(), settled.presented()
    with audited(settled), watched(settled):
        settled.certbot.issue(HOST, options=["--force-renewal"])
        settled.comes_to_serve(old, settled.live_record())
        assert settled.presented() == before


def test_a_lineage_deleted_at_rest_stays_in_service(settled):
    """The files in the archive are gone, and no link leads nowhere for long."""
    settled.run_until_finished()
    before = settled.presented()
    with audited(settled), watched(settled) as statuses:
        settled.certbot.run("delete", "--cert-name", HOST)
        wait_until(lambda: leaf(settled.alnitak.link(HOST)) == before, "a run")
        settled.nginx.reload()
        holds(lambda: settled.presented() == before, "it is served", 2)
        wait_until(lambda: 1 in statuses, "a person to be told")


def hours_pass(alnitak, hours):
    """What the state says of when waiting began, so much earlier."""
    path = alnitak.state / f"targets/{HOST}.json"
    state = json.loads(path.read_text())
    assert state["stalled_ms"] > 0
    state["stalled_ms"] -= hours * HOUR_MS
    path.write_text(json.dumps(state))


def test_a_service_that_keeps_the_old_one_keeps_its_record(settled):
    """A reload that only returns: nothing is deleted, ever, and somebody is told."""
    program, notices = settled.base / "notify", settled.base / "notices"
    program.write_text(f"#!/bin/sh\ncat >> {notices}\n")
    program.chmod(0o755)
    settled.target()["reload"] = "true"
    settled.alnitak.configure(notify=str(program))
    old, before = settled.live_record(), settled.presented()
    with audited(settled):
        settled.renew()
        new = settled.live_record()
        settled.run_until(lambda: settled.alnitak.stands(HOST)["reason"] == "probe",
                          ok=(0, 1))
        assert not notices.exists(), "it may still be reloaded"
        for hours in (7, 48, 24 * 60):
            hours_pass(settled.alnitak, hours)
            done = settled.alnitak.run("run", ok=(1,))
            assert settled.all_serve(old, new)
        assert settled.presented() == before
        said = notices.read_text()
        assert said.startswith(f"Subject: alnitak: {HOST} is in trouble\n"), said
        assert f"{SERVICE}]:443 presents {before[:8]}" in said, said
        told = settled.alnitak.run("status", ok=None).stdout
        assert f"{SERVICE}]:443 presents" in told or f"{SERVICE}:443" in told, told
        assert settled.all_serve(old, new), done

# SPDX-License-Identifier: MIT
"""What happens around renewals: people, clocks, restarts, odd configurations."""

import base64
import contextlib
import fcntl
import json
import os
import re
import shutil
import time
from pathlib import Path

import pytest

from lab.base import holds, run, wait_until
from lab.client import audited
from lab.lineage import Lineage
from lab.nameservers import Key, skewed
from lab.web import Nginx
from lab.world import HOST, SERVICE, certificate, leaf, owner, record

SECOND = "www.example.test"
BUSY = 15


def due(world):
    """When the present wait ends: seconds since 1970."""
    return world.alnitak.stands(HOST)["until_ms"] / 1000


def files_below(directory):
    return [path for path in directory.rglob("*") if not path.is_symlink()]


# ---- The wait ------------------------------------------------------------------


def test_a_record_taken_away_in_the_wait_is_waited_for_anew(settled):
    """Somebody restores the zone when the wait is almost over."""
    old, before = settled.live_record(), settled.presented()
    with audited(settled, rate=5):
        settled.renew()
        new = settled.live_record()

        def almost_over():
            settled.alnitak.run("run")
            return due(settled) - time.time() < 4
        wait_until(almost_over, "the end of the wait", 60)
        settled.nsupdate(f"update delete {owner()} TLSA {new}")
        taken = time.time()
        wait_until(lambda: settled.all_serve(old), "the old set everywhere")
        settled.alnitak.run("run")
        wait_until(lambda: settled.all_serve(old, new), "the record to be back")
        settled.alnitak.run("run")
        assert settled.presented() == before
        assert due(settled) > taken + 5, "no cache may hold the set without it"
        settled.run_until_finished()


def test_a_clock_that_jumps_ends_no_wait(settled):
    before = settled.presented()
    env = {**skewed(86400), "ASAN_OPTIONS": settled.alnitak.env["ASAN_OPTIONS"]
           + ":verify_asan_link_order=0"}
    with audited(settled, rate=5):
        settled.renew()
        done = settled.alnitak.run("run", env=env)
        assert "all waits start again" in done.stderr
        assert settled.presented() == before
        assert "/archive/" in os.readlink(settled.alnitak.link(HOST))
        settled.run_until_finished()


# ---- Lineages ------------------------------------------------------------------


def test_a_lineage_is_known_by_its_name_alone(world):
    """Neither a number at its end nor what stands in the certificate matters."""
    name, names = "any-name-0001", f"DNS:*.example.test,IP:{SERVICE}"
    del world.alnitak.settings[f"target {HOST}"]
    world.nginx = Nginx("web", world.base, world.alnitak.dane, [(name, SERVICE, 443)])
    world.alnitak.configure(**{f"target {name}": {
        "tlsa": [f"311 443 tcp {HOST}"], "reload": world.nginx.reload_command()}})
    lineage = Lineage(world.base / "etc/letsencrypt", name).renew(names)
    world.alnitak.run("init")
    world.nginx.start()
    world.run_until(lambda: world.all_serve(record(lineage.path("cert"))))
    with audited(world, rate=5):
        world.alnitak.run("pre")
        lineage.renew(names)
        world.alnitak.run("deploy")
        world.alnitak.run("post")
        world.comes_to_serve(*(record(lineage.path("cert", n)) for n in (1, 2)))
        world.run_until(lambda: world.all_serve(record(lineage.path("cert"))))
    assert world.presented() == leaf(lineage.path("cert"))
    assert world.alnitak.at_rest(name)


def test_a_certificate_of_a_hundred_names(world):
    """In full in its record: nothing of that fits a datagram, nor 4096 octets."""
    names = ",".join(["DNS:*.example.test"] + [
        f"DNS:{'x' * 60}.{i}.{'y' * 20}.example.test" for i in range(100)])

    def whole(version):
        data = certificate(lineage.path("cert", version))
        assert len(data) > 8192
        return f"3 0 0 {data.hex()}"

    world.alnitak.settings[f"target {HOST}"]["tlsa"] = [f"300 443 tcp {HOST}"]
    lineage = Lineage(world.base / "etc/letsencrypt", HOST).renew(names)
    world.alnitak.configure().run("init")
    world.nginx.start()
    world.run_until(lambda: world.all_serve(whole(1)))
    lineage.renew(names)
    world.alnitak.run("deploy")
    world.comes_to_serve(whole(1), whole(2))
    world.run_until(lambda: world.all_serve(whole(2)))
    assert world.presented() == leaf(lineage.path("cert"))


def test_a_lineage_deleted_in_the_wait_stays_in_service(settled):
    """Until there is another: then the numbers of its versions begin anew."""
    before = settled.presented()
    with audited(settled, rate=5):
        settled.renew()
        settled.certbot.run("delete", "--cert-name", HOST)
        done = settled.alnitak.run("run", ok=(1,))
        assert HOST in done.stderr
        settled.nginx.reload()
        assert settled.presented() == before
        settled.certbot.issue(HOST)
        settled.alnitak.run("run")
        assert settled.presented() == before
        settled.run_until_finished()


@pytest.mark.world(hosts=(HOST, SECOND))
def test_a_target_taken_out_in_the_wait_is_told_of(settled):
    """Its certificate stays in service, its records stand, and one line says so."""
    old, before = settled.live_record(), settled.presented()
    with audited(settled, rate=5):
        settled.renew()
        section = settled.alnitak.settings.pop(f"target {HOST}")
        settled.alnitak.configure()
        for command in ("run", "run", "-n"):
            done = settled.alnitak.run(command, ok=(1,))
            lines = (done.stdout + done.stderr).splitlines()
            assert len([line for line in lines if HOST in line]) == 1, lines
        settled.nginx.reload()
        assert settled.presented() == before
        assert settled.all_serve(old, settled.live_record())
        settled.alnitak.configure(**{f"target {HOST}": section})
        settled.run_until_finished()


# ---- certbot's ways ------------------------------------------------------------


def disk(alnitak):
    """Links and what is held; the state's own files change at every look, and
    the links' generation whenever they were pinned and led back."""
    return {str(path): os.readlink(path) if path.is_symlink() else path.is_file()
            for place in (alnitak.dane, alnitak.state / "held") for path in place.rglob("*")
            if path.name != ".generation"}


def test_a_dry_run_of_certbot_changes_nothing(either):
    """It calls pre and post; and a deploy hook may be called for nothing, too."""
    settled = either
    settled.alnitak.run("run")
    before, links, records = settled.presented(), disk(settled.alnitak), settled.tlsa()
    settled.certbot.renew(**settled.alnitak.hooks(), options=[
        "--dry-run", "--server", settled.pebble.url])
    settled.alnitak.run("deploy", env={
        "RENEWED_LINEAGE": str(settled.certbot.dir / "live" / HOST),
        "RENEWED_DOMAINS": HOST})
    settled.alnitak.run("run")
    assert settled.alnitak.at_rest(HOST)
    assert (settled.presented(), disk(settled.alnitak), settled.tlsa()) == (
        before, links, records)


HOSTILE = {
    "RENEWED_LINEAGE": "../../../../../etc", "RENEWED_DOMAINS": "$(reboot) `x`; a\nb",
    "PATH": "/nonexistent", "IFS": "/", "HOME": "/nonexistent", "TMPDIR": "/nonexistent",
    "LANG": "../../x", "TZ": ":/etc/shadow", "ENV": "/nonexistent", "HOSTALIASES": "/etc/passwd",
    "LOCALDOMAIN": "x", "RES_OPTIONS": "ndots:9", "OPENSSL_CONF": "/nonexistent",
    **{f"FILLER_{n}": "x" * 100000 for n in range(12)}}


@pytest.mark.parametrize("word", ["pre", "deploy", "post", "run"])
def test_the_environment_is_not_heard(alone, word):
    """What certbot, cron or an attacker leaves there: the result is the same, and
    nothing of it reaches the reload command."""
    note, backup = alone.base / "note", alone.base.with_name("backup")
    alone.configure(follow_live=True, **{f"target {HOST}": {
        "tlsa": ["311 443"], "reload": f"env > {note}"}})
    alone.run("init")
    state = alone.state / f"targets/{HOST}.json"        # as if servers had been asked
    state.write_text(json.dumps({**json.loads(state.read_text()), "guessed": False}))
    alone.lineage.renew()           # without pre: the links go back, and a reload
    shutil.rmtree(backup, ignore_errors=True)
    run("cp", "-a", alone.base, backup)
    seen = []
    for env in ({}, HOSTILE):
        done = alone.run(word, ok=(0, 1), env=env)
        seen.append((done.returncode, done.stdout, done.stderr, disk(alone)))
        assert "/archive/" in os.readlink(alone.link(HOST))
        heard = set(re.findall(r"^\w+", note.read_text(), re.M)) if note.exists() else set()
        assert heard <= {"PATH", "LANG", "PWD", "ALNITAK_TARGET", "_", "SHLVL", "OLDPWD"}
        assert bool(heard) == (word != "pre")
        shutil.rmtree(alone.base)
        run("cp", "-a", backup, alone.base)
    assert seen[0] == seen[1]


# ---- Several at once -----------------------------------------------------------


@contextlib.contextmanager
def locked(alnitak):
    with (alnitak.state / "lock").open("r+") as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX)
        yield


def waits_for_lock(process):
    """It has the lock's file open and did not get it yet."""
    names = (os.readlink(fd) for fd in Path(f"/proc/{process.pid}/fd").iterdir())
    return process.poll() is None and any(name.endswith("/lock") for name in names)


def test_the_timer_yields_to_another_instance(alone):
    alone.run("init")
    with locked(alone):
        done = alone.run("run", ok=(BUSY,), timeout=60)
    assert "another instance" in done.stderr


@pytest.mark.parametrize("word", ["pre", "deploy", "post"])
def test_a_hook_waits_for_another_instance(alone, word):
    """certbot would go on and renew without it."""
    alone.configure(follow_live=True).run("init")
    with locked(alone):
        hook = alone.spawn(word)
        wait_until(lambda: waits_for_lock(hook), f"{word} to wait")
        holds(lambda: waits_for_lock(hook), f"{word} waits", 1)
        assert alone.at_rest(HOST)
    out, _ = hook.communicate(timeout=60)
    assert hook.returncode in ((0,) if word == "pre" else (0, 1)), out
    assert "another instance" not in out
    assert alone.at_rest(HOST) == (word != "pre")


def test_by_default_pre_waits_for_nobody(alone):
    """There is nothing to pin, so nothing is in the way: no lock, and no state."""
    alone.run("init")
    (alone.state / f"targets/{HOST}.json").write_text("{")
    with locked(alone):
        done = alone.run("pre", timeout=60)
    assert (done.stdout, done.stderr) == ("", "")
    assert alone.at_rest(HOST)


BROKEN = [f"{what}.example.test" for what in ("state", "key", "refused", "reload")]


def break_them(world):
    """Each but the first in its own way."""
    state, key, refused, reload = BROKEN
    (world.alnitak.state / f"targets/{state}.json").write_text("{")
    (world.certbot.dir / f"archive/{key}/privkey2.pem").write_text("no key\n")
    world.target(reload)["reload"] = "exit 1"
    world.alnitak.configure()
    zone = world.primary.zones[0]
    zone.grant = [rule for rule in zone.grant if refused not in rule]
    world.primary.restart()


@pytest.mark.world(hosts=(HOST, *BROKEN))
def test_broken_targets_hold_up_no_other(settled):
    """The one that is well goes its way to the end; the others stay as they are."""
    before = {host: settled.presented(host) for host in BROKEN}
    with audited(settled, rate=5):
        settled.alnitak.run("run")
        settled.alnitak.run("pre")
        settled.certbot.renew()
        break_them(settled)
        settled.run_until(settled.finished, ok=(1, 4))
    for host in BROKEN[:3]:
        assert settled.presented(host) == before[host]
        assert settled.alnitak.stands(host)["step"] in ("failed", "stuck", "publish"), host


# ---- What people see, and others must not --------------------------------------


def test_trouble_is_told_while_it_stands_and_when_it_ends(settled):
    """By every run that fails for it, and by whoever is asked in between."""
    settled.alnitak.run("pre")
    settled.certbot.renew()
    zone = settled.alnitak.settings["zone example.test"]
    zone["key"] = Key(settled.key.name).write(settled.base / "wrong.key")
    settled.alnitak.configure()
    told = [settled.alnitak.run("run", ok=(1,)).stderr.splitlines() for _ in range(3)]
    assert [len(lines) for lines in told] == [1, 1, 1], told
    assert HOST in told[0][0] and "; since " in told[1][0]
    zone["key"] = settled.key_file
    settled.alnitak.configure()
    over = [line for line in settled.alnitak.run("run").stderr.splitlines() if "over" in line]
    assert len(over) == 1 and HOST in over[0]
    assert not [line for line in settled.alnitak.run("run").stderr.splitlines() if "over" in line]


def hexed(data):
    return "".join(f"\\x{octet:02x}" for octet in data)


def test_no_secret_leaves_the_process(settled):
    """Neither the key's secret nor a private key: not in a file, an argument, an
    environment, a packet."""
    settled.alnitak.run("pre")
    old = settled.live_record()
    settled.certbot.renew()
    new = settled.live_record()
    trace, log = settled.base / "trace", settled.base / "alnitak.log"
    run("strace", "-f", "-v", "-xx", "-s", "100000", "-o", trace, "-e",
        "trace=execve,write,writev,pwrite64,send,sendto,sendmsg,sendmmsg",
        *settled.alnitak.command("-L", "debug", "-l", log, "deploy"), timeout=120,
        env={**settled.alnitak.env, "ASAN_OPTIONS": "detect_leaks=0"})
    seen = trace.read_text()
    settled.comes_to_serve(old, new)
    assert hexed(bytes.fromhex(new.split()[3])) in seen, "the trace shows what is sent"
    secret = settled.key.secret
    for word in (secret.encode(), base64.b64decode(secret), b"PRIVATE KEY"):
        assert hexed(word) not in seen
    for path in files_below(settled.alnitak.state) + [log]:
        if path.is_file():
            assert secret.encode() not in path.read_bytes(), path


def test_nobody_else_may_touch_state_or_links(alone):
    alone.run("init")
    alone.run("pre")
    below = [alone.state, *files_below(alone.state)]
    assert any(path.name == "privkey.pem" for path in below), "held"
    for path in [*below, alone.dane, *files_below(alone.dane)]:
        assert path.stat().st_mode & 0o022 == 0, path
    held = Path(alone.state) / "held"
    # Services go through them to what is held, which is open as certbot's archive is.
    assert [path.stat().st_mode & 0o777 for path in (held.parent, held)] == [0o711] * 2
    for path in below[1:]:
        if path.is_dir() and path != held and held not in path.parents \
                or path.suffix == ".json" or path.name in ("lock", "privkey.pem", "combined.pem"):
            assert path.stat().st_mode & 0o077 == 0, path


@pytest.mark.parametrize("change", [
    lambda path: path.chmod(0o777), lambda path: path.chmod(0o770),
    lambda path: os.chown(path, 65534, 65534)], ids=["all", "group", "owner"])
def test_a_state_that_others_could_write_is_not_used(alone, change):
    alone.run("init")
    change(alone.state)
    done = alone.run("run", ok=(4,))
    assert f"others can change {alone.state} (" in done.stderr, done.stderr
    assert alone.at_rest(HOST)


def test_the_process_is_closed_before_it_reads_anything(alone):
    """Neither dumped nor looked into, and what it makes is nobody else's to write."""
    log = alone.base / "strace"
    run("strace", "-o", log, "-e", "trace=prctl,umask,openat", *alone.command("configtest"),
        env={"ASAN_OPTIONS": "detect_leaks=0"}, ok=None, umask=0o002)
    calls = log.read_text()
    before = calls.partition(str(alone.conf))[0]
    assert before != calls and "PR_SET_DUMPABLE, SUID_DUMP_DISABLE) = 0" in before, calls
    assert "umask(022) " in before, calls


def test_what_others_can_change_is_not_believed(alone):
    """The configuration, by whatever way, the links and certbot's directory."""
    ways = alone.base / "ways"
    ways.mkdir()
    link = ways / "conf"
    link.symlink_to(alone.conf)
    alone.run("-c", link, "init")

    def expect(code, part, *words, or_else=None):
        done = alone.run(*words, "run", ok=(code,))
        assert len(done.stderr.splitlines()) == 1, done.stderr
        wanted = [f"others can change {part} (", *([or_else] if or_else else [])]
        assert any(one in done.stderr for one in wanted), done.stderr
    for path, mode, code in ((alone.conf, 0o666, 3), (alone.base, 0o777, 3),
                             (alone.dane, 0o775, 4)):
        kept = path.stat().st_mode
        path.chmod(mode)
        expect(code, path)
        path.chmod(kept)
    # Whoever put the link there, where everybody may; fs.protected_symlinks has the
    # kernel refuse it before.
    ways.chmod(0o1777)
    alone.run("-c", link, "-n", ok=None)
    os.lchown(link, 65534, 65534)
    expect(3, link, "-c", link, or_else=f"configuration {link}: Permission denied")
    os.lchown(link, 0, 0)
    # A group that may write, and who else is in it.
    ways.chmod(0o775)
    expect_good = alone.run("-c", link, "-n", ok=None)
    assert "others can change" not in expect_good.stderr, expect_good.stderr
    os.chown(ways, 0, 1)
    expect(3, ways, "-c", link)

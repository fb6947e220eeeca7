# SPDX-License-Identifier: MIT
"""Records published by a program: the example of dist, and programs that fail."""

import os
import pwd
import re
import shutil
import stat
import time
from pathlib import Path

import pytest

from lab.base import run, wait_until
from lab.client import audited
from lab.world import HOST, ZONE

EXAMPLE = Path(__file__).parents[2] / "dist/exec-nsupdate"
SECOND = "www.example.test"
NOBODY = pwd.getpwnam("nobody")
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# Notes down how it is run, in $notes, and then goes on as PROGRAM.
NOTING = """#!/bin/sh
note={notes}/$(date +%s%N).$$
tr '\\0' '\\n' < /proc/self/environ > $note.env
exec 3> $note.ids
{{ id -u; id -g; id -G; pwd; umask; cut -d' ' -f5-7 /proc/$$/stat; echo $$; }} >&3
exec 3>&-
ls /proc/self/fd > $note.fds
{program}
"""


def install(world, program, *words, user="nobody"):
    """Every target publishes by PROGRAM, run as USER."""
    uid = [f"uid:{user}"] if user else []
    api = " ".join(map(str, ["exec", *uid, program, *words]))
    for host in world.hosts:
        world.alnitak.settings[f"target {host}"]["api"] = api
    del world.alnitak.settings["zone example.test"]["key"]
    world.alnitak.configure()
    world.alnitak.settings["zone example.test"]["key"] = world.key_file


def script(world, text, mode=0o755):
    program = world.base / "program"
    program.write_text(text)
    program.chmod(mode)
    return program


def example(world):
    """The example as it is, and a key that its user alone can read."""
    program = Path(shutil.copy(EXAMPLE, world.base))
    key = world.key.write(world.base / "exec.key")
    os.chown(key, NOBODY.pw_uid, NOBODY.pw_gid)
    return [program, key, world.primary.address, 5]


def noting(world, program):
    """A program that leaves notes; PROGRAM is shell, with `example` in it."""
    notes = world.base / "notes"
    notes.mkdir()
    os.chown(notes, NOBODY.pw_uid, NOBODY.pw_gid)
    words = " ".join(map(str, example(world)))
    install(world, script(world, NOTING.format(
        notes=notes, program=program.replace("example", words))))
    return notes


def environments(notes, **like):
    """The environments noted, in order: those with these variables."""
    found = [dict(line.split("=", 1) for line in
                  note.read_text().replace("\t\n\n", "\t\\n\n").splitlines())
             for note in sorted(notes.glob("*.env"))]
    return [one for one in found if like.items() <= one.items()]


@pytest.fixture
def by_program(settled):
    install(settled, *example(settled))
    return settled


def test_two_renewals_by_the_example(by_program):
    with audited(by_program, rate=20) as client:
        for _ in range(2):
            by_program.renew()
            by_program.run_until_finished()
    assert len(client.certificates) == 3
    assert by_program.all_serve(by_program.live_record())


def test_the_first_publication_comes_in_order(fresh):
    """The record of the certificate in service is up before the new one."""
    install(fresh, *example(fresh))
    old, updates = fresh.live_record(), fresh.primary.updates(ZONE)
    client = fresh.dane_client().watch()
    fresh.renew()

    def both():
        fresh.alnitak.run("run")
        return fresh.all_serve(old, fresh.live_record())
    wait_until(both, "both records", 30, every=1)
    assert fresh.primary.updates(ZONE) == updates + 2
    fresh.run_until_finished()
    assert client.stop().mismatches == 0, client


def test_records_of_others_stay(by_program):
    standby = f"3 1 1 {'5b' * 32}"
    by_program.nsupdate(f"update add _443._tcp.{HOST} 5 TLSA {standby}")
    with audited(by_program):
        by_program.renew()
        new = by_program.live_record()

        def gone():
            by_program.alnitak.run("run")
            return by_program.all_serve(new, standby)
        wait_until(gone, "the old record alone to go", 60, every=1)


def test_what_a_program_sees(settled):
    notes = noting(settled, "exec example")
    old = settled.live_record()
    settled.renew()
    new = settled.live_record()
    settled.run_until_finished()
    common = {"PATH": PATH, "IFS": " \t\\n", "TLSA_USAGE": "3", "TLSA_SELECTOR": "1",
              "TLSA_MATCHING": "1", "TLSA_PARAM": "311", "TLSA_PORT": "443",
              "TLSA_PROTOCOL": "tcp", "TLSA_DOMAIN": HOST, "ZONE_DOMAIN": "example.test",
              "LETSENCRYPT_DIR": str(settled.certbot.dir)}
    publish, delete = environments(notes)
    assert publish == {**common, "TLSA_OPERATION": "publish", "TLSA_HASH": new[6:],
                       "RENEWED_DOMAINS": HOST}
    assert delete == {**common, "TLSA_OPERATION": "delete", "TLSA_HASH": old[6:],
                      "TLSA_LIVE_HASH": new[6:], "RENEWED_DOMAINS": ""}
    for note in notes.glob("*.ids"):
        *ids, leads, pid = note.read_text().splitlines()
        assert ids == [str(NOBODY.pw_uid), str(NOBODY.pw_gid), str(NOBODY.pw_gid), "/", "0077"]
        assert leads == f"{pid} {pid} 0", "group, session, terminal"
        assert note.with_suffix(".fds").read_text().split() == ["0", "1", "2", "3"], "3 is ls's"


@pytest.mark.world(hosts=(HOST, SECOND))
def test_what_was_renewed_is_told_in_its_own_deploy_alone(settled):
    """certbot's later hooks, of other lineages too, inherit RENEWED_*."""
    notes = noting(settled, "exit 128")
    settled.renew()
    told = {host: [one["RENEWED_DOMAINS"] for one in environments(notes, TLSA_DOMAIN=host)]
            for host in settled.hosts}
    for host, lists in told.items():
        assert len(lists) >= 2, "deploy and post at least"
        assert [one for one in lists if one] == [host], told
        assert lists[-1] == "", told


def test_nothing_is_deleted_before_the_service_has_changed(settled):
    notes = noting(settled, "exec example")
    target = settled.alnitak.settings[f"target {HOST}"]
    reload, target["reload"] = target["reload"], "false"
    settled.alnitak.configure()
    old = settled.live_record()
    with audited(settled):
        settled.renew()

        def released():
            settled.alnitak.run("run", ok=(0, 1))
            return settled.alnitak.at_rest(HOST)
        wait_until(released, "the release", 60, every=1)
        for _ in range(8):
            settled.alnitak.run("run", ok=(1,))
            time.sleep(1)
        assert not environments(notes, TLSA_OPERATION="delete")
        assert settled.all_serve(old, settled.live_record())
        target["reload"] = reload
        settled.alnitak.configure()
        settled.run_until_finished()
    assert len(environments(notes, TLSA_OPERATION="delete")) == 1


def executable(text):
    return lambda world: script(world, "#!/bin/sh\n" + text)


def writable(world):
    return script(world, "#!/bin/sh\nexit 0\n", 0o757)


def not_executable(world):
    return script(world, "#!/bin/sh\nexit 0\n", 0o644)


def someone_elses(world):
    program = script(world, "#!/bin/sh\nexit 0\n")
    os.chown(program, NOBODY.pw_uid, NOBODY.pw_gid)
    return program


FAULTS = {
    "lies": (executable("exit 0"), 0, "to publish 311 .*: done"),
    "already": (executable("exit 1"), 0, "to publish 311 .*already"),
    "error": (executable("echo no token; exit 2"), 1, "exit status 2: no token$"),
    "error-127": (executable("exit 127"), 1, "exit status 127$"),
    "passing": (executable("echo busy; exit 128"), 0, "exit status 128, tried again later: busy$"),
    "signal": (executable("kill -SEGV $$"), 1, "ended by signal 11$"),
    "megabytes": (executable("yes | head -c 20000000; exit 3"), 1, "exit status 3: y$"),
    "terminal": (executable("printf '\\033[2J\\377\\n'; exit 3"), 1, r"3: \\x1b\[2J\\xff$"),
    "daemon": (executable("sleep 600 & exit 4"), 1, "exit status 4$"),
    "absent": (lambda world: world.base / "absent", 1, "No such file.*is its path right"),
    "not-executable": (not_executable, 1, "Permission denied.*chmod"),
    "no-interpreter": (lambda world: script(world, "#!/nonexistent\n"), 1,
                       "No such file.*interpreter"),
    "no-script": (lambda world: script(world, "exit 0\n"), 1, "begins with #!"),
    "writable": (writable, 1, "others than root can change .*chmod go-w"),
    "someone-elses": (someone_elses, 1, "others than root can change .*chown root"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_program_that_fails_changes_nothing(settled, fault):
    make, status, says = FAULTS[fault]
    install(settled, make(settled), user=None)
    settled.alnitak.run("pre")
    settled.certbot.renew()
    disk, dns, before = settled.alnitak.snapshot(), settled.tlsa(), settled.presented()
    began = time.monotonic()

    done = settled.alnitak.run("deploy", ok=(status,))

    assert time.monotonic() - began < 120, "a daemon that it leaves is not waited for"
    output = (done.stdout + done.stderr).splitlines()
    assert len([line for line in output if re.search(says, line)]) == 1, output
    assert all(len(line) < 500 for line in output)
    assert settled.tlsa() == dns
    assert settled.presented() == before
    assert settled.alnitak.snapshot() == disk
    install(settled, *example(settled))
    settled.run_until(lambda: all(settled.live_record() in found
                                  for found in settled.tlsa().values()),
                      "the new record everywhere")


def test_an_unknown_user(settled):
    install(settled, *example(settled), user="no-such-user")
    assert "no such user" in settled.alnitak.run("configtest", ok=(3,)).stderr
    settled.renew()
    done = settled.alnitak.run("run", ok=(1,), env={})
    assert "no such user" in settled.alnitak.run("-L", "verbose", "run", ok=(1,)).stderr, done


def test_a_program_that_hangs_does_not_hold_certbot_up(settled):
    """It is killed, with what it started, in time for certbot to go on."""
    mark = settled.base / "mark"
    install(settled, script(settled, f"#!/bin/sh\nsleep 600 & echo $! > {mark}\n"
                                     "echo waiting; wait\n"), user=None)
    settled.alnitak.run("pre")
    settled.certbot.renew()
    dns, began = settled.tlsa(), time.monotonic()
    done = settled.alnitak.run("deploy", ok=(1,), timeout=120)
    assert time.monotonic() - began < 120
    assert re.search(r"not done after \d+ s, killed: waiting", done.stderr), done.stderr
    started = Path(f"/proc/{mark.read_text().strip()}/stat")
    assert not started.exists() or started.read_text().split()[2] == "Z"
    assert settled.tlsa() == dns


def test_the_example_says_what_is_wrong(by_program):
    """Run as alnitak would, with everything it could meet."""
    program, key, server, ttl = example(by_program)
    old = by_program.live_record()

    def call(*words, **changes):
        env = {"TLSA_OPERATION": "publish", "TLSA_USAGE": "3", "TLSA_SELECTOR": "1",
               "TLSA_MATCHING": "1", "TLSA_PORT": "443", "TLSA_PROTOCOL": "tcp",
               "TLSA_DOMAIN": HOST, "TLSA_HASH": "ab" * 32, "ZONE_DOMAIN": "example.test",
               **changes}
        done = run(program, *(words or (key, server, ttl)), env=env, ok=None)
        return done.returncode, done.stderr

    assert call(TLSA_HASH=old[6:]) == (1, "")
    assert call(TLSA_OPERATION="delete") == (0, ""), "it is not there"
    assert call(TLSA_OPERATION="delete", TLSA_HASH=old[6:], TLSA_LIVE_HASH="cd" * 32)[0] == 1
    assert call("/nonexistent", server)[0] == 2
    assert call(key)[0] == 2
    assert call(key, "127.0.10.40")[0] == 128
    assert call(TLSA_OPERATION="reverse")[0] == 2
    other = by_program.other_key.write(by_program.base / "other.key")
    status, said = call(other, server)
    assert status == 2 and "REFUSED" in said
    assert by_program.all_serve(old)
    assert call() == (0, "")
    wait_until(lambda: by_program.all_serve(old, f"3 1 1 {'ab' * 32}"), "the addition")
    assert call(TLSA_OPERATION="delete", TLSA_LIVE_HASH=old[6:]) == (0, "")
    wait_until(lambda: by_program.all_serve(old), "the deletion")
    assert EXAMPLE.stat().st_mode & stat.S_IXUSR

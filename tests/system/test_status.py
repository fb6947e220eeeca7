# SPDX-License-Identifier: MIT
"""What status, explain and the journal say of waits and of what was tried, is so."""

import json
import re
import shlex

from lab.base import run, wait_until
from lab.world import HOST


def line(world):
    return world.alnitak.run("status", HOST, ok=None).stdout.splitlines()[0]


def changes(world):
    """What came of each, the oldest first."""
    journal = world.alnitak.told("explain", HOST)[0]["journal"]
    return [(deed["deed"], change["outcome"])
            for deed in journal for change in deed.get("changes", ())]


def test_a_dead_secondary_at_rest(settled):
    """Nothing is to be released or proven; and what it was told before is not forgotten."""
    settled.alnitak.configure(recheck=1)
    settled.run_to_rest()
    settled.knot.stop()
    settled.run_until(lambda: "waiting" in line(settled), "the look at it")
    wanted = rf"{HOST}: settling, waiting for name servers, then rest: .*ns3"
    assert re.match(wanted, line(settled)), line(settled)
    now, = (event["event"] for event in settled.alnitak.stands(HOST)["timeline"]
            if event["state"] == "now")
    assert now == "settled", now


def test_a_wait_that_no_run_has_noted(settled):
    """Its end moves from look to look, and is said to; then it stays where it is."""
    settled.alnitak.configure(margin=600)
    settled.run_to_rest()
    settled.knot.freeze()
    settled.renew()
    old = settled.tlsa()[settled.knot.address]
    settled.alnitak.run("run")
    settled.knot.thaw()
    wait_until(lambda: settled.tlsa()[settled.knot.address] != old, "the transfer", 30)
    first = wait_until(lambda: (one := settled.alnitak.stands(HOST))["until_moves"] and one,
                       "the look at it")
    assert "at the earliest, counted from the next run, then release" in line(settled)
    assert "counted from the next run" in settled.alnitak.run("explain", HOST).stdout
    assert settled.alnitak.stands(HOST)["until_ms"] > first["until_ms"]
    settled.alnitak.run("run")
    first, second = (settled.alnitak.stands(HOST) for _ in range(2))
    assert not first["until_moves"] and first["until_ms"] == second["until_ms"]
    assert "counted from" not in line(settled)


def test_an_update_that_is_refused(settled):
    settled.run_to_rest()
    zone = settled.alnitak.settings["zone example.test"]
    zone["key"] = settled.other_key.write(settled.base / "other.key")
    settled.alnitak.configure()
    settled.certbot.renew()
    settled.alnitak.run("run", ok=(1,))
    assert changes(settled)[-1] == ("publish", "refused"), changes(settled)
    zone["key"] = settled.key_file
    settled.alnitak.configure().run("run")
    assert changes(settled)[-1] == ("publish", "accepted"), changes(settled)
    told = settled.alnitak.run("explain", HOST).stdout
    assert re.search(r"publish: .* \(refused\)\n.*alarm: .*\n(.*\n)*.*publish: .* \(accepted\)\n",
                     told), told


PRINTING = (("status",), ("--details", "status", HOST), ("--json", "status"),
            ("--wait", "status"), ("explain",), ("--json", "explain"), ("check",),
            ("--json", "check"), ("print",), ("--json", "print"), ("setup",),
            ("-n", "run"), ("-n", "remove", HOST), ("--help",), ("--version",))


def test_what_cannot_be_printed(settled):
    """To a full disk, to nobody, or where there is no standard output at all: none of
    it is called done."""
    for words in PRINTING:
        for place in ("> /dev/full", ">&-"):
            command = f"{shlex.join(settled.alnitak.command(*words))} {place}"
            said = run("sh", "-c", command, ok=(1,), env=settled.alnitak.env).stderr
            assert "cannot write to standard output" in said, (command, said)


def test_every_command_prints_without_a_resolver(settled):
    """Whatever the stage: what the resolver REFUSES to say is told, and nothing dies."""
    world, away = settled, {"resolver": [settled.root.address]}
    printing = [("status",), ("-v", "status"), ("--json", "status"), ("explain",),
                ("--json", "explain"), ("check",), ("--json", "check"), ("print",),
                ("setup",), ("-n", "run"), ("--wait=1s", "status")]

    def all_print(phase):
        here = {"resolver": world.alnitak.settings["resolver"]}
        world.alnitak.configure(**away)
        for words in printing:
            done = world.alnitak.run(*words, ok=None)
            assert 0 <= done.returncode < 16 and "invariant" not in done.stderr, (phase, done)
            if words == ("--json", "status"):
                assert json.loads(done.stdout)[0]["phase"] == phase, done.stdout
        world.alnitak.configure(**here)
    all_print("not published")
    world.run_to_rest()
    all_print("at rest")
    world.alnitak.configure(margin=3600)
    world.certbot.renew()
    all_print("not published")
    world.alnitak.run("run")
    all_print("published")
    world.alnitak.configure(margin=1)
    world.target()["linger"] = 3600
    world.run_until(lambda: world.alnitak.stands(HOST)["phase"] == "lingering", "the proof")
    all_print("lingering")
    world.alnitak.run("remove", HOST)
    all_print("being removed")

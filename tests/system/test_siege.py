# SPDX-License-Identifier: MIT
"""Everybody outside uses up every limit at once, and no command takes longer for it
than it may."""

import time

import pytest

from lab.base import wait_until
from lab.lineage import Lineage
from lab.siege import CHIEF, PORTS, SERVICE, Siege
from lab.world import HOST, leaf

# What each command may take once it has the lock, in seconds, and so much later it
# may end on a machine that has much else to do.
RUN_SECONDS, HOOK_SECONDS, LATER = 240, 45, 60
HANGING = [f"hanging{number}.example.test" for number in range(6)]
DRIPPING = "dripping.example.test"


@pytest.fixture
def besieged(following):
    """Settled, with links on live, so that pre needs the lock; and beside the service
    six targets whose program hangs, and one whose services drip."""
    world, program = following, following.base / "program"
    program.write_text(f"#!/bin/sh\necho >> {program}.began\n"
                       f"[ -e {program}.ends ] || sleep 1000\nexit 2\n")
    program.chmod(0o755)
    world.run_to_rest()
    for host in (*HANGING, DRIPPING):
        Lineage(world.certbot.dir, host).renew()
        world.alnitak.settings[f"target {host}"] = {
            "tlsa": ["311 443"], "reload": "true", "api": f"exec {program}", "probe":
            [f"{SERVICE}:{port}" for port in PORTS] if host == DRIPPING else "off"}
    world.alnitak.settings["zone example.test"]["also_ask"] = [CHIEF]
    world.alnitak.configure(dnssec="off").run("init")
    world.siege = Siege(world)
    try:
        world.siege.begin()
        yield world
        assert not world.siege.liars.failures, world.siege.liars.failures[:5]
    finally:
        world.siege.stop()


def took(begun, seconds):
    """Ended in time, which began at BEGUN."""
    return time.monotonic() - begun < seconds + LATER


def programs_begun(world):
    began = world.base / "program.began"
    return began.read_text().count("\n") if began.exists() else 0


def test_who_uses_every_limit_keeps_nobody(besieged):
    world, old = besieged, besieged.live_record()
    world.alnitak.run("pre")
    world.certbot.renew()

    begun = time.monotonic()
    done = world.alnitak.run("deploy", ok=(0, 1))
    assert took(begun, HOOK_SECONDS), done.stderr
    assert "out of time: " in done.stderr

    told, begun = world.siege.told(), time.monotonic()
    programs = programs_begun(world)
    run = world.alnitak.spawn("run")
    wait_until(lambda: world.siege.told() > told + 20, "the survey")
    world.alnitak.run("pre", timeout=RUN_SECONDS + LATER)
    said, _ = run.communicate(timeout=RUN_SECONDS + LATER)
    assert took(begun, RUN_SECONDS), said
    assert run.returncode in (0, 1), said
    assert "another alnitak waits for the lock" in said
    assert programs_begun(world) == programs, "it went on while pre was waiting"
    assert not world.alnitak.at_rest(HOST)
    assert leaf(world.alnitak.link(HOST)) == world.presented() != leaf(world.certbot.live(HOST))

    world.siege.end()
    (world.base / "program.ends").touch()
    world.alnitak.run("run", ok=(0, 1))
    world.comes_to_serve(old, world.live_record())
    world.run_until(world.finished, ok=(0, 1))

# SPDX-License-Identifier: MIT
"""Every system call of a rollover fails, or is never made.

The disk and the zone are put back to where a scene begins, its command is run
with one call failing or killed (strace), and then:

  * it has not crashed, nor hung, and where it failed it has said so;
  * what the links show and what the service presents has a match in every set
    that a server serves or a cache may hold;
  * the next runs, of the same command or of `run`, get to where an undisturbed
    command gets, and nothing is left lying about.

Where one scene ends the next begins, so every way leads to the end of the
rollover. A disk and a zone are carried on from only once, however many faults
lead there. A DANE client watches all the time.

By default mere repeats are left out. The whole sweep, of every call with every
errno (half an hour; SWEEP names a file for what was counted and said):
  ALNITAK_SWEEP=whole SWEEP=FILE tests/lab/enter /usr/bin/python3 -m pytest \\
      tests/system/test_injection.py
"""

import os
import time

import pytest

from lab import inject, program
from lab.client import audited
from lab.inject import KILL
from lab.scene import SCENES, Scene
from lab.stage import Stage, small_world

FORKS = {"clone", "clone3", "fork", "vfork"}
CHOOSE = inject.whole if os.environ.get("ALNITAK_SWEEP") == "whole" else inject.Telling()


@pytest.fixture(scope="module")
def stage():
    if program.sanitized():
        pytest.skip("a sanitizer's own calls would be counted")
    world = small_world()
    try:
        yield Stage(world.start()).play()
    finally:
        world.stop()


def trace(scene, find):
    with scene.stage.one_behind():
        calls = find(scene.stage.log, scene.words, scene.stage.env)
    scene.stage.go_to(scene.begin)
    return calls


def cases(scene):
    """(call, fault): of the program, and of the child that becomes a reload."""
    calls = trace(scene, inject.calls_of)
    yield from CHOOSE(calls)
    if FORKS & {call.name for call in calls}:
        yield from CHOOSE(trace(scene, inject.child_calls_of))


def note(*words):
    if "SWEEP" in os.environ:
        with open(os.environ["SWEEP"], "a", encoding="utf-8") as file:
            print(*words, file=file)


@pytest.mark.parametrize("name", SCENES)
def test_any_call_may_fail_or_be_the_last(stage, name):
    scene, told, count, missed = Scene(stage, name), 0, 0, 0
    with audited(stage.world, rate=0) as client:
        client.period = 0.1     # the machine has other things to do
        for call, fault in cases(scene):
            since = time.time()
            with stage.one_behind():
                outcome = inject.disturb(stage.log, scene.words, stage.env, call, fault)
            case = f"{call.name} {call.nth} ({call.kind}), {fault}"
            scene.judge(case, outcome.status, outcome.said, since,
                        mute=call.kind.startswith("write(N<pipe"), killed=fault == KILL)
            for fault_found in scene.faults[told:]:
                note(f"FAULT {fault_found}")
            told = len(scene.faults)
            count, missed = count + 1, missed + (not outcome.hit)
            note(f"{time.time() - since:.2f} s, {outcome.status}{' missed' * (not outcome.hit)}: {case}: {outcome.said}")
    note(f"{count} cases, {missed} never came about; {scene}; {client}")
    assert not scene.faults, "\n".join([f"{len(scene.faults)} faults", *scene.faults[:20]])
    assert missed < count / 10, "the calls are not the same every time"

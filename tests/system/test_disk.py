# SPDX-License-Identifier: MIT
"""A full disk, a read-only one, no descriptors, no memory, no permission: nothing is
left half done, one line says what and where, and the next run carries on."""

import contextlib
import resource
import subprocess
import time

import pytest

from lab import program
from lab.base import run
from lab.client import audited
from lab.scene import SCENES, Scene
from lab.stage import Stage, small_world

# Inodes and pages that are left, up to what any one command takes: both run out in
# the end, so that files cannot be made, or pages alone, so that they stay empty.
ROOM = [(few, few) for few in range(8)] + [(40, pages) for pages in range(3)]
DESCRIPTORS = range(4, 28)
MEMORY_STEP = 512 * 1024
MEMORY_MAX = 256 * 1024 * 1024


@pytest.fixture(scope="module")
def stage():
    """The state and the dane directory are small file systems of their own."""
    world = small_world()
    places = [(world.alnitak.state, 0o700), (world.alnitak.dane, 0o755)]
    for place, mode in places:
        place.mkdir()
        run("mount", "-t", "tmpfs", "-o", f"size=256k,nr_inodes=64,mode={mode:o}", "small", place)
    try:
        yield Stage(world.start()).play()
    finally:
        world.stop()
        for place, _ in places:
            run("umount", place)


@contextlib.contextmanager
def full(directory, inodes, pages):
    """So many INODES and PAGES are left."""
    filler = directory / ".filler"
    filler.mkdir()
    made = []
    with contextlib.suppress(OSError):
        for n in range(1000):
            made.append(filler / str(n))
            made[-1].write_bytes(b"")
    with contextlib.suppress(OSError), made[0].open("wb", buffering=0) as file:
        while file.write(bytes(4096)):
            pass
    for path in made[max(1, len(made) - 1 - inodes):]:
        path.unlink(missing_ok=True)
    with made[0].open("r+b") as file:
        file.truncate(max(0, made[0].stat().st_size // 4096 - pages) * 4096)
    yield
    run("rm", "-r", filler)


@contextlib.contextmanager
def read_only(directory):
    run("mount", "-o", "remount,ro", directory)
    yield
    run("mount", "-o", "remount,rw", directory)


def attempt(scene, limit=None):
    """(status, lines) of the scene's command; LIMIT is (resource, number)."""
    before = (lambda: resource.setrlimit(limit[0], (limit[1], limit[1]))) if limit else None
    done = subprocess.run(scene.words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=90,
                          env=scene.stage.env, preexec_fn=before)
    return done.returncode, done.stdout.splitlines()


def troubles(scene):
    """(what, context) for everything that can be wrong with a directory."""
    alnitak = scene.stage.alnitak
    for directory in (alnitak.state, alnitak.dane):
        yield f"{directory} read-only", directory, read_only(directory)
        for room in ROOM:
            yield f"{directory} with {room} left", directory, full(directory, *room)


@pytest.mark.parametrize("name", [name for name in SCENES if name != "rest"])
def test_a_directory_that_takes_nothing(stage, name):
    scene, failed = Scene(stage, name), 0
    with audited(stage.world, rate=0):
        for case, directory, trouble in troubles(scene):
            since = time.time()
            with trouble:
                status, said = attempt(scene)
            failed += status != 0
            if status and not any(str(directory) in line for line in said):
                scene.blame(case, f"{said} does not say where")
            scene.judge(case, status, said, since)
    assert not scene.faults, "\n".join(scene.faults[:20])
    # The settling makes room before it needs some: only the read-only state fails.
    assert failed > (name != "settle"), "there was always room"


@pytest.mark.parametrize("name", SCENES)
def test_few_descriptors(stage, name):
    scene, statuses = Scene(stage, name), []
    with audited(stage.world, rate=0):
        for number in DESCRIPTORS:
            since = time.time()
            status, said = attempt(scene, (resource.RLIMIT_NOFILE, number))
            # Without even one the loader does not find its libraries.
            if status != 127:
                statuses.append(status)
                scene.judge(f"{number} descriptors", status, said, since)
    assert not scene.faults, "\n".join(scene.faults[:20])
    assert any(statuses) and statuses[-1] == 0, statuses


def starts_with(memory):
    """The loader has enough: the program comes to its main()."""
    limit = (lambda: resource.setrlimit(resource.RLIMIT_AS, (memory, memory)))
    return subprocess.run([program.BINARY, "--version"], capture_output=True,
                          preexec_fn=limit).returncode in (0, 4)


@pytest.mark.parametrize("name", SCENES)
def test_little_memory(stage, name):
    if program.sanitized():
        pytest.skip("a sanitizer takes all the addresses that there are")
    scene, failed = Scene(stage, name), 0
    least = next(memory for memory in range(0, MEMORY_MAX, MEMORY_STEP) if starts_with(memory))
    with audited(stage.world, rate=0):
        for memory in range(least, MEMORY_MAX, MEMORY_STEP):
            since = time.time()
            status, said = attempt(scene, (resource.RLIMIT_AS, memory))
            scene.judge(f"{memory} octets", status, said, since)
            failed += status != 0
            if status == 0:
                break
    assert not scene.faults, "\n".join(scene.faults[:20])
    assert failed, "there was always enough"


def test_another_user(stage):
    """Someone else's run is told what it may not read, and has changed nothing."""
    scene = Scene(stage, "publish")
    scene.words = ["setpriv", "--reuid", "65534", "--clear-groups", *scene.words]
    since = time.time()
    status, said = attempt(scene)
    assert status in (3, 4) and len(said) == 1 and "Permission denied" in said[0], said
    scene.judge("another user", status, said, since)
    assert not scene.faults, scene.faults


def test_a_state_directory_that_others_can_write(stage):
    scene, state = Scene(stage, "publish"), stage.alnitak.state
    state.chmod(0o777)
    status, said = attempt(scene)
    state.chmod(0o700)
    assert status == 4 and len(said) == 1 and str(state) in said[0] and "chmod" in said[0], said

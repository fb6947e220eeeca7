# SPDX-License-Identifier: MIT
"""How many instructions of a processor the program takes, by valgrind: the same on a
busy machine as on an idle one, so that what became slower is seen at once.

tests/COUNTS has how many thousands they were, as built by Debian 12. A tenth more is a
fault, or wants a reason and a new number; so does a tenth less, or nobody would see it
come back.
"""

import re
import shutil
from pathlib import Path

import pytest
from lab.base import ROOT, run, wait_until
from lab.world import HOST, World

COUNTS = Path(__file__).parents[1] / "COUNTS"
UNCONFINED = Path(__file__).parents[1] / "lab/unconfined.c"
OWNERS = 10, 40
# The same code of the libraries, whatever the processor can do.
PLAIN = {"OPENSSL_ia32cap": "0:0", "GLIBC_TUNABLES":
         "glibc.cpu.hwcaps=-AVX2,-AVX512F,-AVX512VL,-AVX512BW,-ERMS,-FSRM,-RTM"}


class Wide(World):
    def grants(self):
        return [f"{self.key.name} zonesub TLSA"]


def unconfined():
    """What is to be preloaded for valgrind to see all processes."""
    library = ROOT / "unconfined.so"
    if not library.exists():
        run("cc", "-shared", "-fPIC", "-o", library, UNCONFINED)
    return {"LD_PRELOAD": str(library)}


def total(path):
    return int(re.search(r"^(?:summary|totals): (\d+)", path.read_text(), re.M)[1])


def instructions(world, *words, ok=(0,)):
    """Of one command, in thousands: of all its processes, but for what those that
    are still under way when it ends do to end."""
    out = ROOT / "callgrind"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    run("valgrind", "--quiet", "--tool=callgrind", f"--callgrind-out-file={out}/%p",
        *world.alnitak.command(*words), ok=ok,
        env={**world.alnitak.env, **PLAIN, **unconfined()})
    wait_until(lambda: run("pgrep", "-f", out, ok=(0, 1)).returncode, "all processes to end")
    return sum(map(total, out.iterdir())) / 1000


def compare(what, count):
    """With the line of tests/COUNTS."""
    want = int(re.search(rf"^{what}: +(\d+)$", COUNTS.read_text(), re.M)[1])
    assert 0.9 * want <= count <= 1.1 * want, f"{what}: {count:.0f} thousand, not {want}"


def release(world):
    """The instructions of the run that moves the links, and of none that waits for it."""
    old, count = world.alnitak.link(HOST).resolve(), 0

    def moved():
        nonlocal count
        count = instructions(world, "run")
        return world.alnitak.link(HOST).resolve() != old
    wait_until(moved, "the release", 120, every=1)
    return count


def test_a_renewal(settled):
    settled.run_until_known()
    compare("start-up", instructions(settled, "--version"))
    compare("at rest", instructions(settled, "run"))
    settled.alnitak.configure(margin=3600).run("pre")
    settled.certbot.renew()
    publication = instructions(settled, "deploy")
    compare("publication", publication)
    wait = instructions(settled, "run")
    compare("a wait", wait)
    # How often a service is looked at until it has loaded is chance.
    settled.target()["probe"] = "off"
    settled.alnitak.configure(margin=1)
    compare("a renewal", publication + wait + release(settled))


def publish(owners):
    """The first time, all at once."""
    world = Wide()
    try:
        world.start().issue_all()
        world.target()["tlsa"] = [f"311 {port}" for port in range(20000, 20000 + owners)]
        world.target()["probe"] = "off"
        world.alnitak.configure().run("init")
        return instructions(world, "run")
    finally:
        world.stop()


def test_an_owner_among_many():
    few, many = map(publish, OWNERS)
    compare("an owner", (many - few) / (OWNERS[1] - OWNERS[0]))

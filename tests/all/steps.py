# SPDX-License-Identifier: MIT
"""usage: steps.py BEGAN [WHAT...]

What tests/run does once the packages are there, and what goes beside what. BEGAN is
when it was started; WHAT is all that is done, if it is given.

The system tests and the containers wait most of their time, for TTLs, timers and
servers; so they begin as soon as there is a program, many at once, and what only
computes fills the gaps. Whoever waits goes first, so that a second of theirs stays
about a second. What measures times is alone, at the end.
"""

import difflib
import glob
import os
import platform
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from crew import Crew, Result

ROOT = Path(__file__).resolve().parents[2]
LAB = ROOT / "tests/lab"
CORES = os.cpu_count()
COMPUTING, SIMULATING = 5, 15       # niceness; unit tests have a clock, too
DEBIANS = {"bookworm": "trixie", "trixie": "bookworm"}      # where we are: the other
# In the order in which somebody waits for them. Sanitizers ask for little optimising:
# it hides faults from them, and takes long.
SANITIZED = ["--enable-sanitizers", "CFLAGS=-g -O1"]
BUILDS = {"gcc": ["CC=gcc"],
          "gcc-sanitized": ["CC=gcc", *SANITIZED],
          "clang-sanitized": ["CC=clang", *SANITIZED],
          "clang": ["CC=clang"]}
# What the others find in the unit tests, clang's without sanitizers would find again.
CHECKED = ["gcc", "gcc-sanitized", "clang-sanitized"]
# 10 thousand renewals, of seeds that make check has not had; then all the
# points where one thing can go wrong, or two; pairs of two lineages take a quarter
# of an hour by themselves, and with those of a renewal upon another are left to
# whoever hunts.
SIMULATIONS = {
    "10 thousand renewals": "--renewals 10000 --first 1000",
    "every kill": "--kills",
    "every power cut": "--cuts",
    "every kill, then a power cut": "--relapses",
    "every call failing once": "--fails",
    "every set clock": "--clocks",
    "every hook missing": "--hookless",
    "every backup put back": "--restores",
    **{f"kills with lost replies, {scenario}": f"--pairs --only {scenario}" for scenario in (
        "renewal", "first-publication", "link-by-link")}}
# They fill the end, when only the other Debian is still at work: what waits has the
# machine for itself until then.
LATE = [title for title in SIMULATIONS if re.match("every call|kills with", title)]
# A fifth of a simulated run is memory that comes and goes; this saves half of it.
ALLOCATOR = "/usr/lib/*/libmimalloc.so"


class Steps:
    def __init__(self, work, memory):
        self.work, self.source = work, work / "source"
        self.checking = {"TMPDIR": str(memory)}     # make check syncs again and again
        # What only waits may be many times as much as there are cores.
        self.crew = Crew(build=1, lab=4 * CORES, containers=1, compute=CORES,
                         other=1, late=CORES, alone=1)
        self.env = {**os.environ, "TMPDIR": str(work)}

    def call(self, log, *command, **more):
        """(is the exit status 0?, the output), which is also in the file LOG."""
        path = self.work / f"{log}.log"
        status = self.crew.call(*command, log=path, env={**self.env, **more.pop("env", {})},
                                **more)
        return status == 0, path.read_text(errors="replace")

    def one(self, log, *commands, **more):
        """All COMMANDS, one after the other, are one test."""
        for command in commands:
            good, output = self.call(log, *command, **more)
            if not good:
                return Result.of(False, last_lines(output))
        return Result.of(True)

    # ---- Builds and unit tests -------------------------------------------------

    def copy_source(self):
        """A copy of the tree, ready for configure, nothing built in it."""
        shutil.copytree(ROOT, self.source, symlinks=True,
                        ignore=lambda at, _: {".git"} if Path(at) == ROOT else ())
        clean = [["make", "distclean"]] if (self.source / "Makefile").exists() else []
        return self.one("autogen", *clean, ["./autogen.sh"], cwd=self.source)

    def build(self, name):
        directory = self.work / name
        directory.mkdir()
        result = self.one(f"build.{name}",
                          [self.source / "configure", *BUILDS[name], "--enable-werror"],
                          ["make", f"-j{CORES}"], cwd=directory)
        # A sanitizer that was not built in would find nothing.
        if result.passed and "--enable-sanitizers" in BUILDS[name] and \
                b"__asan_init" not in (directory / "alnitak").read_bytes():
            return Result.of(False, "it has no sanitizer")
        return result

    def unit(self, name):
        """make check; automake prints "# PASS:  12" and the like."""
        good, output = self.call(f"check.{name}", "make", f"-j{CORES}", "check",
                                 cwd=self.work / name, nice=COMPUTING,
                                 env={"VERBOSE": "yes", **self.checking})

        def count(kinds):
            return sum(map(int, re.findall(rf"^# (?:{kinds}): +(\d+)", output, re.M)))
        passed, failed, skipped = map(count, ("PASS", "FAIL|XPASS|ERROR", "SKIP"))
        if not good or not passed:
            failed = failed or 1
        faults = re.findall(r"^(?:FAIL|ERROR|XPASS):.*|.*error:.*|\[  ERROR   \](?:.*\n){,4}|"
                            r".*\[  FAILED.*", output, re.M)
        return Result(passed, failed, skipped,
                      ", ".join(re.findall(r"^SKIP: (.*)", output, re.M)),
                      "\n".join(faults) or last_lines(output))

    def distcheck(self):
        """What is packed is complete: few seeds, and a program that was compiled in
        haste, show that as well."""
        return self.one("distcheck", ["make", f"-j{CORES}", "distcheck",
                                      "AM_DISTCHECK_CONFIGURE_FLAGS=CFLAGS=-O0"],
                        cwd=self.work / "gcc", nice=COMPUTING,
                        env={"SIM_RUNS": "25", **self.checking})

    def simulate(self, arguments):
        program = self.work / "gcc/tests/sim/sim"
        if not program.exists():
            return Result(skipped=1, why="not built")
        good, output = self.call(f"sim {arguments}", program, *arguments.split(),
                                 nice=SIMULATING,
                                 env={"LD_PRELOAD": " ".join(glob.glob(ALLOCATOR))})
        return Result.of(good, last_lines(output, 60),
                         output.strip().replace("\n", "; ") if good else "")

    def other_debian(self):
        """What can differ there. Its sums are in the last line, as ours are."""
        here = platform.freedesktop_os_release().get("VERSION_CODENAME")
        if here not in DEBIANS:
            return Result(skipped=1, why=f"which is the other to {here}?")
        good, output = self.call("other", ROOT / "tests/on", DEBIANS[here], tidies=True,
                                 seconds=3000)
        *_, summary = output.partition("All together")

        def count(kind):
            return sum(map(int, re.findall(rf"^.*?(\d+) {kind}\b", last_lines(summary, 1))))
        passed, failed, skipped = map(count, ("passed", "failed", "skipped"))
        return Result(passed, failed if good else failed or 1, skipped,
                      "; ".join(summary.splitlines()[1:-1]), output)

    # ---- Real servers ----------------------------------------------------------

    def demo(self):
        return self.one("demo", [ROOT / "demo/run"],
                        env={"ALNITAK": str(self.work / "gcc/alnitak")})

    def package(self):
        """Built here, looked over, installed, upgraded, removed and purged."""
        return self.one("package", [ROOT / "tests/package"], nice=COMPUTING)

    def rpm(self):
        """Of what distcheck has packed."""
        return self.one("rpm", [ROOT / "tests/rpm", *(self.work / "gcc").glob("*.tar.xz")],
                        nice=COMPUTING)

    def containers(self):
        """Two renewals, every server in a container of its own; 77: no engine."""
        log = self.work / "containers.log"
        status = self.crew.call(ROOT / "docker/run", log=log, env=self.env, tidies=True)
        output = log.read_text(errors="replace")
        if status == 77:
            return Result(skipped=1, why=last_lines(output, 1))
        return Result.of(status == 0, output)

    def system(self, build, group, arguments):
        """One line of tests/lab/groups."""
        good, output = self.call(
            f"{build}.{group}", LAB / "enter", "/usr/bin/python3", "-m", "pytest", "-q", "-rs",
            "--tb=short", "--durations=3", "-p", "no:cacheprovider", *arguments,
            cwd=self.source, env={"ALNITAK": str(self.work / build / "alnitak"),
                                  "ALNITAK_CELLS": str(self.work / f"{build}.{group}.cells")})
        sums = re.findall(r"^.* in [0-9.]+s\b.*$", output, re.M)

        def count(kinds):
            return sum(map(int, re.findall(rf"(\d+) (?:{kinds})\b", sums[-1]))) if sums else 0
        passed, failed, skipped = map(count, ("passed", "failed|errors?", "skipped"))
        if not good or not passed + skipped:
            failed = failed or 1
        reasons = re.findall(r"^SKIPPED .*?\d: (.*)", output, re.M)
        return Result(passed, failed, skipped, ", ".join(sorted(set(reasons))), output)

    def matrix(self):
        """The table of what the system tests found is the one that is checked in."""
        cells = sorted(self.work.glob("*.cells"))
        if not cells:
            return Result(skipped=1, why="no system test ran")
        result = self.one("MATRIX", [ROOT / "tests/tabulate", *cells])
        old, new = ((path / name).read_text().splitlines() for path, name in (
            (ROOT / "tests", "MATRIX"), (self.work, "MATRIX.log")))
        difference = "\n".join(difflib.unified_diff(old, new, "tests/MATRIX", "found",
                                                    lineterm=""))
        return result if result.failed or not difference else Result.of(False, difference)

    def matrix_text(self):
        path = self.work / "MATRIX.log"
        return path.read_text() if path.exists() else ""

    def no_lab(self):
        tried = subprocess.run([LAB / "enter", "true"], capture_output=True, text=True,
                               check=False)
        return tried.returncode and tried.stderr.strip()

    # ---- All of it -------------------------------------------------------------

    def add_builds(self, names):
        source = self.crew.add("build", "autogen.sh", self.copy_source)
        return {name: self.crew.add("build", f"build, {name}", partial(self.build, name),
                                    [source]) for name in names}

    def add_units(self, builds, names):
        return {name: self.crew.add("compute", f"unit tests, {name}",
                                    partial(self.unit, name), [builds[name]])
                for name in names}

    def add_simulations(self, titles, lane, builds, after):
        for title in titles:
            self.crew.add(lane, f"simulator, {title}",
                          partial(self.simulate, SIMULATIONS[title]), [builds["gcc"]], after)

    def run_all(self):
        add = self.crew.add
        add("compute", "tests/tidy sees what it should",
            lambda: self.one("untidy", [ROOT / "tests/untidy"]))
        add("build", "planted faults have their places",
            lambda: self.one("planted", [ROOT / "tests/sim/planted", "--fits"]))
        builds = self.add_builds(BUILDS)
        add("compute", "installed paths",
            lambda: self.one("installed", [self.source / "tests/installed"]), [builds["gcc"]])
        add("build", "tests/tidy",
            lambda: self.one("tidy", [ROOT / "tests/tidy", self.work / "gcc"]), [builds["gcc"]])
        units = self.add_units(builds, CHECKED)
        # All work where make check does.
        self.add_simulations([title for title in SIMULATIONS if title not in LATE],
                             "compute", builds, [units["gcc"]])
        add("compute", "journals of simulated renewals", lambda: self.one("journals",
            [ROOT / "tests/sim/journals", self.work / "gcc/tests/sim/sim", "--runs", "120",
             "--jobs", "1"], nice=SIMULATING), [builds["gcc"]], [units["gcc"]])
        packed = add("compute", "make distcheck", self.distcheck, [builds["gcc"]],
                     [units["gcc"]])
        add("containers", "containers, two renewals", self.containers)
        lab = self.add_lab(builds, groups(), ["demo"])
        self.add_simulations(LATE, "late", builds, [units["gcc"], *lab])
        if lab:
            add("compute", "RPM", self.rpm, [packed])
            # It has a crowd of its own: beside ours there would be more than the
            # machine can do in the times that the tests wait for.
            add("other", "the other Debian", self.other_debian, after=lab)
            self.crew.wait()
            add("alone", "system tests, times, gcc",
                partial(self.system, "gcc", "times", ["-m", "timing", "tests/system"]),
                [builds["gcc"]])
            add("alone", "tests/MATRIX", self.matrix)
        self.crew.wait()

    def add_lab(self, builds, lines, what):
        """The steps: LINES of tests/lab/groups, and demo and package if they are among
        WHAT. None where they cannot be."""
        add = self.crew.add
        if why := self.no_lab():
            add("lab", "system tests", lambda: Result(
                skipped=1, why=f"no private namespaces: {why}"))
            return []
        lab = [add("lab", f"system tests, {group}, {build}",
                   partial(self.system, build, group, arguments), [builds[build]])
               for build, group, *arguments in lines]
        if "demo" in what:
            lab.append(add("lab", "demo", self.demo, [builds["gcc"]]))
        if "package" in what:
            lab.append(add("compute", "Debian package", self.package))
        return lab

    def run(self, what):
        """Only WHAT, or everything."""
        if not what:
            self.run_all()
            return
        lines = [line for line in groups() if line[1] in what]
        needed = {build for build, *_ in lines}
        needed |= {"gcc"} if {"check", "demo"} & set(what) else set()
        builds = self.add_builds([name for name in BUILDS if name in needed])
        self.add_units(builds, ["gcc"] if "check" in what else [])
        self.add_lab(builds, lines, what)
        self.crew.wait()


def groups():
    """The lines of tests/lab/groups: build, group, arguments."""
    return [shlex.split(line) for line in (LAB / "groups").read_text().splitlines()
            if not line.startswith("#")]


def last_lines(text, count=40):
    return "\n".join(text.splitlines()[-count:])


def main():
    began, what = float(sys.argv[1]), sys.argv[2:]
    known = ["check", "demo", "package", *dict.fromkeys(group for _, group, *_ in groups())]
    if unknown := [word for word in what if word not in known]:
        sys.exit(f"{' '.join(unknown)}: unknown; there is {' '.join(known)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGINT, lambda *_: sys.exit(130))
    print(f"packages: {time.time() - began:.0f} s", flush=True)
    work, memory = (Path(tempfile.mkdtemp(prefix="alnitak.", dir=place)) for place in (
        None, "/dev/shm" if os.access("/dev/shm", os.W_OK) else None))
    steps = Steps(work, memory)
    try:
        steps.run(what)
        print(f"{steps.matrix_text()}\nAll together, in {time.time() - began:.0f} s:")
        good = steps.crew.summary()
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        steps.crew.stop()
        for directory in (work, memory):
            shutil.rmtree(directory, ignore_errors=True)
    return not good


if __name__ == "__main__":
    sys.exit(main())

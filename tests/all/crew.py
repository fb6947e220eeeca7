# SPDX-License-Identifier: MIT
"""Steps that go beside one another, and what became of each.

A step waits in one of several lanes, each so many steps wide, until those that
it needs have ended. Its processes are ended with us, however we end.
"""

import os
import select
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

# For a program that has to put things away when it is stopped.
STOP_SECONDS = 60


class Stopped(Exception):
    """Raised where a process would be started after stop()."""


@dataclass
class Result:
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    why: str = ""
    output: str = ""        # shown when something failed

    @staticmethod
    def of(good, output="", why=""):
        return Result(int(good), int(not good), 0, why, output)


@dataclass
class Step:
    title: str
    work: object            # called without arguments; returns a Result
    needs: list             # that must be good
    after: list             # that must have ended
    result: Result = None
    seconds: float = 0.0
    processor_seconds: float = 0.0      # of what ended by itself
    ended: threading.Event = field(default_factory=threading.Event)

    def __str__(self):
        result = self.result
        words = [f"{result.passed} passed"]
        words += [f"{result.failed} FAILED"] if result.failed else []
        words += [f"{result.skipped} skipped"] if result.skipped else []
        return (f"{self.title}: {', '.join(words)}, {self.seconds:.0f} s"
                + (f" ({self.processor_seconds:.0f} s of a processor)"
                   if self.processor_seconds >= 1 else "")
                + (f" ({result.why})" if result.why else ""))

    @property
    def is_good(self):
        return bool(self.result and self.result.passed and not self.result.failed)


class Crew:
    def __init__(self, **widths):
        self.lanes = {lane: ThreadPoolExecutor(width) for lane, width in widths.items()}
        self.steps, self.running, self.stopped = [], {}, False
        self.lock, self.tongue = threading.Lock(), threading.Lock()
        self.here = threading.local()   # here.step: what this thread performs

    def add(self, lane, title, work, needs=(), after=()):
        """In a lane the steps begin in the order in which they are added."""
        step = Step(title, work, list(needs), list(after))
        self.steps.append(step)
        self.lanes[lane].submit(self.perform, step)
        return step

    def perform(self, step):
        self.here.step = step
        try:
            for other in step.needs + step.after:
                other.ended.wait()
            missing = [need.title for need in step.needs if not need.is_good]
            began = time.monotonic()
            step.result = (Result(skipped=1, why=f"not run without: {', '.join(missing)}")
                           if missing else step.work())
            step.seconds = time.monotonic() - began
        except Stopped:
            step.result = Result(failed=1, why="stopped")
        except Exception as error:      # a fault of the runner fails the step too
            step.result = Result(failed=1, why=f"{type(error).__name__}: {error}")
        if not self.stopped:
            self.tell(step)
        step.ended.set()

    def tell(self, step):
        with self.tongue:
            if step.result.failed:
                print(step.result.output, file=sys.stderr, flush=True)
            print(step, flush=True)

    def wait(self):
        for step in list(self.steps):
            step.ended.wait()

    def call(self, *command, log, nice=0, seconds=2700, tidies=False, **more):
        """The exit status of COMMAND, its output in the file LOG. One that TIDIES up
        is asked to end when all is stopped; the others are killed, with all that is
        in their process group."""
        # Not a session of its own: between sessions niceness may have no effect.
        with open(log, "ab") as output, self.lock:
            if self.stopped:
                raise Stopped
            process = subprocess.Popen(
                ["nice", "-n", str(nice), *map(str, command)], stdin=subprocess.DEVNULL,
                stdout=output, stderr=output, process_group=0, **more)
            self.running[process] = tidies
        try:
            if has_ended(process, seconds):
                self.here.step.processor_seconds += processor_seconds(process)
                return process.wait()
            with open(log, "a", encoding="utf-8") as output:
                print(f"it was stopped after {seconds} s", file=output)
            end(process, tidies)
            return -signal.SIGKILL
        finally:
            with self.lock:
                del self.running[process]

    def stop(self):
        """Nothing runs any more when this returns."""
        with self.lock:
            self.stopped = True
            running = dict(self.running)
        for process, tidies in sorted(running.items(), key=lambda item: item[1]):
            end(process, tidies)
        for step in self.steps:
            step.ended.set()
        for lane in self.lanes.values():
            lane.shutdown(cancel_futures=True)

    def summary(self):
        """One line for each step, in the order in which they were added, and their
        sums; has nothing failed?"""
        for step in self.steps:
            print(step)
        sums = [sum(getattr(step.result, count) for step in self.steps)
                for count in ("passed", "failed", "skipped")]
        print(f"{sums[0]} passed, {sums[1]} failed"
              + (f", {sums[2]} skipped" if sums[2] else ""))
        return sums[1] == 0


def has_ended(process, seconds):
    """Waits so long for it, and leaves it unreaped."""
    descriptor = os.pidfd_open(process.pid)
    try:
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        return bool(poll.poll(seconds * 1000))
    finally:
        os.close(descriptor)


def processor_seconds(process):
    """What PROCESS, which has ended and is not reaped, and those that it waited for
    had of the processors; 0 where somebody reaped it."""
    try:
        text = Path(f"/proc/{process.pid}/stat").read_text(encoding="utf-8")
    except FileNotFoundError:
        return 0
    fields = text.rpartition(")")[2].split()    # from state on: see proc(5)
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def end(process, tidies=False):
    if tidies:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
            return
        except subprocess.TimeoutExpired:
            pass
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()

# SPDX-License-Identifier: MIT
"""One system call of the real program fails, or is never made: strace does it.

Calls are counted by the program's own process. With `children` they are those
that a program which it starts makes before its exec.
"""

import re
import subprocess
from dataclasses import dataclass

from .base import LabError

KILL = "kill"
ERRNOS = ("EIO", "ENOSPC", "EACCES", "EMFILE", "EINTR")
SECONDS_MAX = 90

# The first thing outside that main() does. What lies before is the dynamic
# loader's: nothing of ours is read or changed yet.
FIRST = re.compile(r'openat\(.*"/dev/null", O_RDWR')

# These do not fail, whatever the disk and the network do, and nobody looks
# whether they have; what comes of inventing it says nothing of the program.
INFALLIBLE = {"brk", "exit_group", "futex", "getpid", "getuid", "geteuid", "mprotect", "munmap",
              "rt_sigaction", "rt_sigprocmask", "umask"}
# Nor does close() keep a descriptor when it fails, while strace does not even make
# the call: a pipe that stays open here would never end there.
# Whose errors are one: there is no memory, or the kernel is too old.
ONLY = {"mmap": "ENOMEM", "close_range": "ENOSYS"}
# What the world outside cannot see.
PURE = INFALLIBLE | set(ONLY) | {
    "clock_adjtime", "close", "connect", "dup2", "dup3", "fcntl", "getdents64",
    "getpeername", "getrandom", "getsockname", "getsockopt", "ioctl", "lseek", "newfstatat",
    "pipe2", "poll", "read", "readlinkat", "recvfrom", "sendmsg", "setsockopt", "socket",
    "socketpair", "wait4"}


@dataclass(frozen=True)
class Call:
    """The NTH call of NAME; KIND is its text without what changes every time."""
    name: str
    nth: int
    kind: str
    pure: bool
    children: bool = False

    def faults(self):
        """Every fault that makes sense here."""
        if self.name in INFALLIBLE or self.kind.startswith("close(N<pipe"):
            return (KILL,)
        return (KILL, ONLY[self.name]) if self.name in ONLY else (KILL, *ERRNOS)


def is_pure(name, line):
    """Queries change nothing; an update goes over TCP. So does a handshake, written
    and not sent."""
    if name == "sendto":
        return "TCP" not in line
    if name == "write":
        return "TCP" in line
    if name == "openat":
        return "O_CREAT" not in line
    return name in PURE


def kind_of(line):
    line = re.sub(r"(TCP|UDP):\[[^]]*->([^]]*)\]", r"\1 \2", line)
    line = re.sub(r"(cert|chain|fullchain|privkey)\d*\.pem", "PART.pem", line)
    line = re.sub(r"socket:\[\d+\]|0x[0-9a-f]+|\d+", "N", line)
    return re.sub(r"\{.*\}|/\*.*?\*/", "", line)


def parse(lines, children=False):
    counts, calls = {}, []
    for line in lines:
        found = re.match(r"(\w+)\(", line)
        if not found:
            continue
        name = found[1]
        counts[name] = counts.get(name, 0) + 1
        calls.append(Call(name, counts[name], kind_of(line), is_pure(name, line), children))
    return calls


def strace(log, command, env, *options):
    """Run COMMAND under strace; its standard error goes with its output."""
    try:
        return subprocess.run(
            ["strace", "-q", "-e", "signal=KILL", "-o", str(log), *options, *command],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, errors="replace", timeout=SECONDS_MAX, env=env)
    except subprocess.TimeoutExpired as late:
        raise LabError(f"it hangs: {' '.join(late.cmd)}") from late


def calls_of(log, command, env):
    """Every call of an undisturbed run, in order, from main() on."""
    strace(log, command, env, "-yy", "-s", "0")
    lines = log.read_text(errors="replace").splitlines()
    first = next(n for n, line in enumerate(lines) if FIRST.match(line))
    return parse(lines)[len(parse(lines[:first])):]


def child_calls_of(log, command, env):
    """The same of the first process that it makes for another program, up to the
    exec; of none where there is none. Only those that the program itself does not
    make as often: strace counts for each process."""
    strace(log, command, env, "-f", "-yy", "-s", "0")
    lines = [line.split(maxsplit=1) for line in log.read_text(errors="replace").splitlines()]
    parent = lines[0][0]
    child = next((pid for pid, text in lines
                  if pid != parent and text.startswith("execve(")), None)
    own = parse(text for pid, text in lines if pid == parent)
    calls = parse((text for pid, text in lines if pid == child), children=True)
    end = next((n for n, call in enumerate(calls) if call.name == "execve"), 0)
    most = {call.name: call.nth for call in own}
    return [call for call in calls[:end] if call.nth > most.get(call.name, 0)]


class Telling:
    """Pairs (call, fault) without mere repeats: every errno for the first call of
    each name, one in turn for the first of each kind and for all that changes
    something; a kill wherever the call before has changed something, for else it
    is the kill before that one. What is done again in every scene, like the start
    of the program, meets another errno in each."""

    def __init__(self):
        self.names, self.turns = set(), {}

    def next_of(self, call, errnos):
        what = call.children, call.kind
        turn = self.turns.setdefault(what, len(self.turns))
        self.turns[what] += 1
        return errnos[turn % len(errnos)]

    def __call__(self, calls):
        kinds, changed = set(), True
        for call in calls:
            if changed:
                yield call, KILL
            changed = not call.pure
            errnos = [fault for fault in call.faults() if fault != KILL]
            if (call.children, call.name) not in self.names:
                yield from ((call, errno) for errno in errnos)
            elif errnos and (call.kind not in kinds or not call.pure):
                yield call, self.next_of(call, errnos)
            self.names.add((call.children, call.name))
            kinds.add(call.kind)


def whole(calls):
    for call in calls:
        yield from ((call, fault) for fault in call.faults())


@dataclass
class Outcome:
    status: int         # negative: the signal that ended it
    said: list          # lines
    hit: bool           # the call was reached

    @property
    def complaints(self):
        return [line for line in self.said if line.startswith(("error: ", "alnitak: "))]


def disturb(log, command, env, call, fault):
    """Run COMMAND with FAULT at CALL."""
    what = "signal=KILL" if fault == KILL else f"error={fault}"
    done = strace(log, command, env, *(["-f"] if call.children else []),
                  "-e", f"trace={call.name}",
                  "-e", f"inject={call.name}:{what}:when={call.nth}")
    text = log.read_text(errors="replace")
    hit = "(INJECTED)" in text or "killed by SIGKILL" in text
    return Outcome(done.returncode, done.stdout.splitlines(), hit)

# SPDX-License-Identifier: MIT
"""What a command costs: the process by itself, and the wires of this namespace."""

import json
import os
import re
import statistics
import subprocess
from dataclasses import dataclass, fields
from pathlib import Path

# A process counts as its own what its parent had when it began: so a small one.
SMALL = """import json, os, sys, time
begun = time.monotonic()
child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(child, 0)
print(json.dumps({"status": os.waitstatus_to_exitcode(status),
                  "wall_s": time.monotonic() - begun,
                  "cpu_s": usage.ru_utime + usage.ru_stime,
                  "memory_mib": usage.ru_maxrss / 1024}))"""


@dataclass
class Cost:
    """Of one command. Datagrams, segments and octets are those of all parties: of name
    servers that tell each other as well."""
    status: int
    wall_s: float
    cpu_s: float
    memory_mib: float
    datagrams: int
    segments: int
    octets: int

    def __add__(self, other):
        together = {one.name: getattr(self, one.name) + getattr(other, one.name)
                    for one in fields(self)}
        return Cost(**{**together, "memory_mib": max(self.memory_mib, other.memory_mib)})


def wires():
    """(datagrams, TCP segments, octets) that were sent in this network namespace."""
    counts, names = {}, {}
    for line in Path("/proc/net/snmp").read_text().splitlines():
        kind, *words = line.split()
        if kind in names:
            counts.update({kind + name: int(word) for name, word in zip(names[kind], words)})
        else:
            names[kind] = words
    lo, = re.findall(r"lo: *(\d+)", Path("/proc/net/dev").read_text())
    return counts["Udp:OutDatagrams"], counts["Tcp:OutSegs"], int(lo)


def cost(*command, env=None, ok=(0,)):
    """Of COMMAND, run once; what it prints goes to a file, as into a log."""
    before = wires()
    with open("/run/lab/said", "w+", encoding="utf-8") as said:
        done = subprocess.run(
            ["/usr/bin/python3", "-ISc", SMALL, *map(str, command)], text=True, check=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said,
            env={**os.environ, **(env or {})})
        *printed, result = done.stdout.splitlines()
        said.seek(0)
        output = "\n".join([*printed[-20:], said.read()[-2000:]])
    sent = (after - had for after, had in zip(wires(), before))
    it = Cost(**json.loads(result), **dict(zip(("datagrams", "segments", "octets"), sent)))
    if ok is not None and it.status not in ok:
        raise SystemExit(f"{' '.join(map(str, command))}: exit {it.status}\n{output}")
    return it


def syncs(*command, env=None):
    """How often COMMAND waits for a disk."""
    log = Path("/run/lab/syncs")
    subprocess.run(["strace", "-f", "-qq", "-o", log, "-e", "trace=fsync,fdatasync,syncfs,sync",
                    *map(str, command)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                   stdin=subprocess.DEVNULL, check=False, env={**os.environ, **(env or {})})
    return len(re.findall(r"\bf?(?:data)?sync(?:fs)?\(", log.read_text()))


def middle(costs, what):
    """The median of one figure."""
    return statistics.median(getattr(one, what) for one in costs)


def machine():
    """What figures were made on, in a line."""
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    versions = [subprocess.run(words, text=True, capture_output=True, check=False)
                for words in (["/usr/sbin/named", "-v"], ["/usr/sbin/knotd", "--version"],
                              ["nsd", "-v"])]
    names = [re.search(r"[\d.]+", one.stdout + one.stderr)[0] for one in versions]
    return (f"{os.cpu_count()} x {cpu[1] if cpu else os.uname().machine}, Linux "
            f"{os.uname().release}, BIND {names[0]}, Knot {names[1]}, NSD {names[2]}")

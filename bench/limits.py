# SPDX-License-Identifier: MIT
"""What there is to be measured against: nsupdate and dnsperf."""

import re
import subprocess
from dataclasses import dataclass

from measure import cost

BATCHES = (50, 100, 200, 400)
SOME = 2000                     # records that nsupdate publishes, at most
PERFORM_S = 2


@dataclass
class Nsupdate:
    """For each record, in messages of the best size."""
    batch: int
    wall_s: float
    cpu_s: float


def script(provider, batch, verb, hosts):
    """For nsupdate: one message a zone, more where there are more than BATCH."""
    record = provider.record(1)
    lines, zones = [f"server {provider.primary_address}"], {}
    for host in hosts:
        zones.setdefault(host.split(".", 1)[1], []).append(host)
    for zone, some in zones.items():
        for first in range(0, len(some), batch):
            lines += [f"zone {zone}", *(
                f"update {verb} _26._tcp.{host}. 1 TLSA {record}"
                for host in some[first:first + batch]), "send"]
    path = provider.base / f"nsupdate.{verb}.{batch}"
    path.write_text("\n".join(lines) + "\n")
    return path


def nsupdate(provider):
    """Publishing alone: nobody looks whether it arrived."""
    hosts, found = provider.hosts[:SOME], []
    for batch in BATCHES:
        if batch > BATCHES[0] and batch / 2 > len(hosts) / len(provider.zones):
            continue
        taken = cost("nsupdate", "-k", provider.key_file,
                     script(provider, batch, "add", hosts))
        found.append(Nsupdate(batch, taken.wall_s / len(hosts), taken.cpu_s / len(hosts)))
        cost("nsupdate", "-k", provider.key_file, script(provider, batch, "delete", hosts))
    return min(found, key=lambda one: one.wall_s)


def dnsperf(provider):
    """Answers a second, from all servers in turn: the mean of them."""
    questions = provider.base / "questions"
    questions.write_text("".join(f"{provider.owner(host)} TLSA\n" for host in provider.hosts))
    rates = []
    for address in provider.addresses():
        told = subprocess.run(
            ["dnsperf", "-s", address, "-d", questions, "-l", str(PERFORM_S), "-e",
             *(["-D"] if provider.signed else [])], text=True, capture_output=True, check=True)
        rates.append(float(re.search(r"Queries per second:\s+([\d.]+)", told.stdout)[1]))
    return len(rates) / sum(1 / rate for rate in rates)

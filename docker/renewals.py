# SPDX-License-Identifier: MIT
"""usage: renewals.py ready | renew | renew-cut-off | finish

What docker/stack does in the container of alnitak and certbot. Every step
waits for what is to be seen from outside (links, name servers, services), and
fails when that has not come in time.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

from lab import dnsquery
from lab.base import LabError, holds, run, wait_until
from lab.client import fingerprint, handshake
from lab.world import leaf, owner, record

RESOLVER, FRONT = "198.51.100.53", "198.51.100.20"
NAME_SERVERS = ["198.51.100.11", "198.51.100.12", "198.51.100.13"]
CUT_OFF = NAME_SERVERS[2]
SERVICES = [("web.example.test", 443), ("mail.example.test", 25), ("mail.example.test", 465)]
HOSTS = ["web.example.test", "mail.example.test"]
RENEWALS = 2
# Well above what a rollover takes when every server is there.
HOLDS_SECONDS = 25
LETSENCRYPT, DANE = Path("/etc/letsencrypt"), Path("/etc/alnitak/dane")


def live(host):
    return LETSENCRYPT / "live" / host / "fullchain.pem"


def links_show(host, fingerprint_of):
    """They lead into the archive, to the version with this leaf; combined.pem is ours."""
    return (all(f"/archive/{host}/" in os.readlink(link)
                for link in (DANE / host).glob("*.pem") if link.name != "combined.pem")
            and leaf(DANE / host / "fullchain.pem") == fingerprint_of)


def presented(host, port):
    return fingerprint(handshake(FRONT, port, host))


def finished(host, port):
    """One record everywhere, links where live's lead, and the service presents it."""
    return (links_show(host, leaf(live(host)))
            and all(dnsquery.records(server, owner(host, port), "TLSA")
                    == [record(live(host))] for server in NAME_SERVERS)
            and presented(host, port) == leaf(live(host)))


def wait_finished(seconds):
    began = time.monotonic()
    for host, port in SERVICES:
        wait_until(lambda host=host, port=port: finished(host, port),
                   f"{host}:{port} to be at rest", seconds, every=0.2)
    return time.monotonic() - began


def renew():
    """certbot renews everything, alnitak in its hooks; the old leaves."""
    old = {host: leaf(live(host)) for host in HOSTS}
    run("certbot", "renew", "--force-renewal", "--no-random-sleep-on-renew", timeout=300)
    if any(leaf(live(host)) == old[host] for host in HOSTS):
        raise LabError("certbot renewed nothing")
    return old


def status(host):
    done = subprocess.run(["alnitak", "status"], text=True, capture_output=True,
                          check=False)
    return "".join(line for line in done.stdout.splitlines(True) if host in line)


def waits(old):
    """Every host waits for the server that is cut off, and says so."""
    return all(links_show(host, old[host]) and CUT_OFF in status(host)
               for host in HOSTS) \
        and all(presented(host, port) == old[host] for host, port in SERVICES)


def step_ready():
    return f"at rest after {wait_finished(240):.0f} s"


def step_renew():
    renew()
    return f"certbot renewed; at rest after {wait_finished(90):.0f} s more"


def step_renew_cut_off():
    old = renew()
    wait_until(lambda: waits(old), f"a wait for {CUT_OFF}", seconds=60)
    holds(lambda: waits(old), f"the wait for {CUT_OFF}", HOLDS_SECONDS)
    told = "".join(map(status, HOSTS)).rstrip()
    return f"certbot renewed; the links stayed for {HOLDS_SECONDS} s:\n{told}"


def step_finish():
    return f"at rest after {wait_finished(90):.0f} s"


def main():
    steps = {"ready": step_ready, "renew": step_renew,
             "renew-cut-off": step_renew_cut_off, "finish": step_finish}
    try:
        print(steps[sys.argv[1]]())
        return 0
    except LabError as error:
        print(error)
        for host in HOSTS:
            print(status(host), end="")
        return 1


if __name__ == "__main__":
    sys.exit(main())

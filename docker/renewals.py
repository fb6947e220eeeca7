# SPDX-License-Identifier: MIT
"""usage: renewals.py rests VERSION | waits VERSION

What docker/stack looks at in the container of a service: certbot shows VERSION
of each certificate, and it is in service everywhere; or the one before is, and
goes on so for a while. Waits for what is to be seen from outside (links, name
servers, services), and fails when that has not come in time.
"""

import os
import sys
import time
from pathlib import Path

from lab import dnsquery
from lab.base import LabError, holds, wait_until
from lab.client import fingerprint, handshake
from lab.world import leaf, owner, record

RESOLVER, FRONT = "198.51.100.53", "198.51.100.20"
NAME_SERVERS = ["198.51.100.11", "198.51.100.12", "198.51.100.13"]
SERVICES = [("web.example.test", 443), ("mail.example.test", 25), ("mail.example.test", 465)]
RENEWALS = 2
# Well above what a rollover takes when every server is there.
HOLDS_SECONDS = 25
LETSENCRYPT, DANE = Path("/etc/letsencrypt"), Path("/etc/alnitak/dane")


def certificate(host, version):
    return LETSENCRYPT / "archive" / host / f"fullchain{version}.pem"


def live_is(host, version):
    return (LETSENCRYPT / "live" / host / "fullchain.pem").resolve() == \
        certificate(host, version)


def links_show(host, fingerprint_of):
    """They lead into the archive, to the version with this leaf; combined.pem is ours."""
    return (all(f"/archive/{host}/" in os.readlink(link)
                for link in (DANE / host).glob("*.pem") if link.name != "combined.pem")
            and leaf(DANE / host / "fullchain.pem") == fingerprint_of)


def presented(host, port):
    return fingerprint(handshake(FRONT, port, host))


def rests(host, port, version):
    """One record everywhere, links where live's lead, and the service presents it."""
    pem = certificate(host, version)
    return (live_is(host, version) and links_show(host, leaf(pem))
            and all(dnsquery.records(server, owner(host, port), "TLSA")
                    == [record(pem)] for server in NAME_SERVERS)
            and presented(host, port) == leaf(pem))


def waits(host, port, version):
    """certbot is done, and nothing has come of it."""
    old = leaf(certificate(host, version - 1))
    return (live_is(host, version) and links_show(host, old)
            and presented(host, port) == old)


def each(test, version):
    return lambda: all(test(host, port, version) for host, port in SERVICES)


def step_rests(version):
    began = time.monotonic()
    wait_until(each(rests, version), f"version {version} at rest", 240, every=0.2)
    return f"version {version} at rest after {time.monotonic() - began:.0f} s"


def step_waits(version):
    wait_until(each(waits, version), f"a wait with version {version}", 120, every=0.2)
    holds(each(waits, version), f"the wait with version {version}", HOLDS_SECONDS)
    return f"version {version} is there; the links stayed for {HOLDS_SECONDS} s"


def main():
    try:
        print({"rests": step_rests, "waits": step_waits}[sys.argv[1]](int(sys.argv[2])))
        return 0
    except LabError as error:
        print(error)
        return 1


if __name__ == "__main__":
    sys.exit(main())

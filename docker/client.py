# SPDX-License-Identifier: MIT
"""The DANE client of compose.yaml: holds every new connection to each service
against what the validating resolver says, until it is told to stop.

Its exit status is 0 if nothing ever went wrong and the certificate of each
service changed as often as `renewals` says.
"""

import signal
import sys
import threading

from lab.base import wait_until
from lab.client import DaneClient, handshake
from renewals import FRONT, RENEWALS, RESOLVER, SERVICES

PER_SECOND = 20
AT_LEAST_PER_SECOND = 5


def wait_for_service(host, port):
    """Until it has a record and serves."""
    probe = DaneClient(host, FRONT, RESOLVER, port)
    wait_until(lambda: probe.look_up() and handshake(FRONT, port, host),
               f"{host}:{port} and its record", seconds=240, every=0.5)


def good(client):
    bad = client.mismatches + client.unprotected + client.refused + client.errors
    return (bad == 0 and client.rate >= AT_LEAST_PER_SECOND
            and len(client.certificates) == 1 + RENEWALS)


def main():
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    for host, port in SERVICES:
        wait_for_service(host, port)
    clients = [DaneClient(host, FRONT, RESOLVER, port, PER_SECOND).watch()
               for host, port in SERVICES]
    print("watching")
    stop.wait()
    for client in clients:
        print(f"{client.owner}: {client.stop()}")
    return 0 if all(map(good, clients)) else 1


if __name__ == "__main__":
    sys.exit(main())

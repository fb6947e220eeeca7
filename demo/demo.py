# SPDX-License-Identifier: MIT
"""One renewal, told as it happens. Runs inside tests/lab/enter; see demo/run."""

import os
import re
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from lab import dnsquery                                    # noqa: E402
from lab.base import LabError, wait_until                   # noqa: E402
from lab.client import DaneClient, fingerprint, handshake   # noqa: E402
from lab.mail import Postfix                                # noqa: E402
from lab.world import HOST, SERVICE, World, leaf, owner, record     # noqa: E402

BEGAN = time.monotonic()
COLOURS = {"bold": "1", "dim": "2", "red": "31", "green": "32", "cyan": "36"}
OUTPUT = threading.Lock()
UNTIL_FINISHED = 90


def paint(text, colour):
    if not sys.stdout.isatty() or "NO_COLOR" in os.environ:
        return text
    return f"\033[{COLOURS[colour]}m{text}\033[0m"


def say(text, colour=None):
    """A line with the time in front."""
    with OUTPUT:
        stamp = paint(f"{time.monotonic() - BEGAN:6.1f} s", "dim")
        print(stamp, paint(text, colour) if colour else text, sep="  ", flush=True)


class Host(World):
    """The host has a mail server beside the web server."""

    PORTS = {"web": 443, "mail": 25}

    def __init__(self):
        super().__init__()
        self.postfix = Postfix("postfix", SERVICE, self.base, self.alnitak.dane / HOST)
        self.target()["tlsa"] = [f"311 {port}" for port in self.PORTS.values()]
        self.target()["reload"] += f" && {self.postfix.reload_command()}"

    @property
    def servers(self):
        return super().servers + ([self.postfix] if hasattr(self, "postfix") else [])

    def grants(self):
        return [f"{self.key.name} name {owner(HOST, port)} TLSA"
                for port in self.PORTS.values()]

    def records(self, port):
        return [dnsquery.records(address, owner(HOST, port), "TLSA")
                for address in self.addresses()]

    def all_presented(self):
        """What each service presents; the mail server after STARTTLS."""
        return [fingerprint(handshake(SERVICE, port, HOST)) for port in self.PORTS.values()]

    def clients(self):
        return {name: DaneClient(HOST, SERVICE, self.resolver.address, port).watch()
                for name, port in self.PORTS.items()}

    def finished(self, host=HOST):
        return (self.alnitak.at_rest(host)
                and set(self.all_presented()) == {leaf(self.certbot.live(host))}
                and all(records == [self.live_record(host)] for port in self.PORTS.values()
                        for records in self.records(port)))


class Observer(threading.Thread):
    """Looks at links, services and name servers, and prints a row at each change.

    A and B are certificates in the order of their issue, a and b their records.
    """

    COLUMNS = "{:<6} {:<5} {:<5} {:<6} {:<6} {:<6} {}"

    def __init__(self, world):
        super().__init__(daemon=True)
        self.world = world
        self.done = threading.Event()
        self.row, self.told, self.asked = None, None, 0
        say(self.COLUMNS.format("links", "web", "mail", "ns1", "ns2", "ns3",
                                "alnitak status"), "bold")

    def names(self):
        """Letters for certificates and for records."""
        found = {}
        archive = self.world.certbot.dir / "archive" / HOST
        for pem in sorted(archive.glob("cert*.pem")):
            letter = chr(ord("A") + int(pem.stem[4:]) - 1)
            found[leaf(pem)], found[record(pem)] = letter, letter.lower()
        return found

    def look(self):
        names = self.names()

        def letters(records):
            return "+".join(sorted(names.get(one, "?") for one in records)) or "-"
        # Both owners of a server in one column, as long as they are alike.
        serves = ["/".join(dict.fromkeys(map(letters, both)))
                  for both in zip(*map(self.world.records, self.world.PORTS.values()))]
        return (names[leaf(self.world.alnitak.link(HOST))],
                *(names[one] for one in self.world.all_presented()), *serves)

    def run(self):
        while not self.done.wait(0.1):
            try:
                self.print_row(self.look())
            except (OSError, ValueError, KeyError):
                continue        # in the middle of a change; look again

    def print_row(self, row):
        """When the row is new, or once a second if the status has a new line."""
        now = time.monotonic()
        if row == self.row and now - self.asked < 1:
            return
        told = self.world.alnitak.run("status", ok=None).stdout.strip()
        told = told.split("\n")[0].removeprefix(f"{HOST}: ")
        told = re.sub(r" \(in [^)]*\)", "", told)      # each second another
        if (row, told) != (self.row, self.told):
            say(self.COLUMNS.format(*row, told))
        self.row, self.told, self.asked = row, told, now

    def stop(self):
        self.done.set()
        self.join()


def set_up(world):
    say("a private Internet: signed root and test., example.test. on BIND, NSD and Knot,")
    say("a validating resolver, an ACME server")
    world.start()
    say(f"certbot certonly -d {HOST}", "cyan")
    world.certbot.issue(HOST)
    say("alnitak init", "cyan")
    world.alnitak.configure().run("init")
    world.nginx.start()
    world.postfix.start()
    say("nginx and Postfix serve A from the dane links")
    say("alnitak run, every second", "cyan")
    world.run_until_finished(UNTIL_FINISHED)
    say(f"{owner()} and {owner(port=25)} have their record a, TTL 5 s")


def renew(world):
    say("two DANE clients look up, connect and compare, 20 times a second each: one at")
    say("port 443, one at port 25 after STARTTLS")
    observer = Observer(world)
    observer.start()
    say("certbot renew, with the hooks alnitak pre, deploy, post", "cyan")
    world.renew()
    say("alnitak run, every second", "cyan")
    world.run_until_finished(UNTIL_FINISHED)
    wait_until(lambda: observer.row and observer.row[3:] == ("b",) * 3, "the last look")
    observer.stop()


def is_good(name, client, absent):
    """True if every handshake was good."""
    bad = client.mismatches + client.errors + client.refused + client.unprotected - absent
    say(f"{name}: {client.total} handshakes, {client.rate:.0f} a second: "
        f"{client.mismatches} mismatches, {client.errors + client.refused} errors, "
        f"{len(client.certificates)} certificates seen")
    if bad:
        say(f"BAD: {bad} handshakes went wrong: {client.complaints[:3]}", "red")
    return bad == 0 and len(client.certificates) == 2


def main():
    world = Host()
    try:
        set_up(world)
        clients = world.clients()
        wait_until(lambda: all(client.held for client in clients.values()),
                   "the DANE clients to find the records", 20)
        absent = {name: client.unprotected for name, client in clients.items()}
        renew(world)
        good = [is_good(name, client.stop(), absent[name])
                for name, client in clients.items()]
        if all(good):
            say("GOOD: the certificate changed, and no client noticed", "green")
        return 0 if all(good) else 1
    except LabError as error:
        say(f"BAD: {error}", "red")
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        world.stop()


if __name__ == "__main__":
    sys.exit(main())

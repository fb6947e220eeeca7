# SPDX-License-Identifier: MIT
"""One renewal, told as it happens. Runs inside tests/lab/enter; see demo/run."""

import os
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from lab.world import HOST, World, leaf, owner, record      # noqa: E402
from lab.base import LabError, wait_until                   # noqa: E402

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


class Observer(threading.Thread):
    """Looks at links, service and name servers, and prints a row at each change.

    A and B are certificates in the order of their issue, a and b their records.
    """

    COLUMNS = "{:<10} {:<10} {:<6} {:<6} {:<6} {}"

    def __init__(self, world):
        super().__init__(daemon=True)
        self.world = world
        self.done = threading.Event()
        self.row, self.told, self.asked = None, None, 0
        say(self.COLUMNS.format("links to", "presents", "ns1", "ns2", "ns3",
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
        target = str(self.world.alnitak.link(HOST).readlink())
        shown = names[leaf(self.world.alnitak.link(HOST))]
        where = "live" if "/live/" in target else "pinned"
        serves = ["+".join(sorted(names.get(one, "?") for one in records)) or "-"
                  for records in self.world.tlsa().values()]
        return (f"{where} {shown}", names[self.world.presented()], *serves)

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
    world.publish_live()
    say(f"nginx serves A from the dane links; {owner()} has its record a, TTL 5 s")


def renew(world):
    say("a DANE client looks up, connects and compares, 40 times a second; TTLs 5 s")
    observer = Observer(world)
    observer.start()
    say("certbot renew, with the hooks alnitak pre, deploy, post", "cyan")
    world.renew()
    say("alnitak run, every second", "cyan")
    world.run_until_finished(UNTIL_FINISHED)
    wait_until(lambda: observer.row and observer.row[2:] == ("b",) * 3, "the last look")
    observer.stop()


def verdict(client, absent):
    """True if every handshake was good."""
    bad = client.mismatches + client.errors + client.refused + client.unprotected - absent
    say(f"{client.total} handshakes, {client.rate:.0f} a second: "
        f"{client.mismatches} mismatches, {client.errors + client.refused} errors, "
        f"{len(client.certificates)} certificates seen")
    if bad == 0 and len(client.certificates) == 2:
        say("GOOD: the certificate changed, and no client noticed", "green")
        return True
    say(f"BAD: {bad} handshakes went wrong: {client.complaints[:3]}", "red")
    return False


def main():
    world = World()
    try:
        set_up(world)
        client = world.dane_client().watch()
        wait_until(lambda: client.held, "the DANE client to find the record", 20)
        absent = client.unprotected
        renew(world)
        return 0 if verdict(client.stop(), absent) else 1
    except LabError as error:
        say(f"BAD: {error}", "red")
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        world.stop()


if __name__ == "__main__":
    sys.exit(main())

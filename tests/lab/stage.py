# SPDX-License-Identifier: MIT
"""A rollover cut into situations that can be gone back to at any time.

The world must be at a known place before each of thousands of disturbed runs,
and a renewal by certbot takes seconds: so the disk and the zone are put back.
"""

import contextlib
import json
import os
import signal
from dataclasses import dataclass
from pathlib import Path

from . import dnsquery
from .base import LabError, wait_until
from .client import association, handshake
from .nameservers import Nsd
from .snapshot import Snapshot
from .world import HOST, SERVICE, ZONE, World, owner, record

TTL = 5
# What a scene waits for must not end within it.
LONG = 3600


@dataclass
class Situation:
    disk: Snapshot
    records: list       # what all servers serve
    shown: str          # the record of the certificate that the links show
    presented: str      # the record of the certificate that the service shows

    def view(self):
        return self.disk.view(), self.records, self.presented


def small_world():
    """Secondaries that follow at once: Knot sleeps up to a second now and then."""
    return World(secondaries=(Nsd, Nsd))


class Stage:
    """A world whose disk, zone and service are moved at will."""

    def __init__(self, world):
        self.world, self.alnitak = world, world.alnitak
        self.log = world.base / "strace"
        self.env = {**os.environ, **self.alnitak.env}
        certbot = world.certbot.dir
        # What `nginx -s reload` does, which starts a whole nginx for it.
        self.alnitak.settings[f"target {HOST}"]["reload"] = (
            f"read pid < {world.nginx.dir}/pid && kill -HUP $pid")
        self.roots = certbot / "live", certbot / "archive", self.alnitak.dane, self.alnitak.state
        self.at = {}            # name: situation
        self.goals = {}         # of each scene

    def configure(self, margin=1, linger=0):
        self.alnitak.settings[f"target {HOST}"]["linger"] = linger
        # With links that follow live there are more moves to disturb.
        self.alnitak.configure(margin=margin, follow_live=True)

    def run(self, command):
        return self.alnitak.run(command, ok=(0, 1))

    def status(self):
        return self.alnitak.told("status", ok=(0, 1))[0]

    @contextlib.contextmanager
    def one_behind(self):
        """No server may follow or not as it happens: then a command would not make
        the same calls every time."""
        self.world.nsd.freeze()
        try:
            yield
        finally:
            self.world.nsd.thaw()

    def update(self, *changes):
        dnsquery.update(self.world.primary.address, ZONE, *changes, key=self.world.key)

    # ---- Where it stands

    def records(self):
        """What all servers serve, once they are of one mind. An update of a command
        that did not wait for the reply may be under way: the primary takes one after
        the other, so it has been made when an empty one is answered."""
        def agreed():
            served = list(self.world.tlsa().values())
            return served[1:] == served[:-1] and (served[0],)
        self.update()
        return wait_until(agreed, "the servers to agree", 20, every=0.005)[0]

    def presented(self):
        der = handshake(SERVICE, self.world.port(), HOST)
        return f"3 1 1 {association(der, 1, 1).hex()}"

    def disk(self):
        return Snapshot(*self.roots)

    def is_reloaded(self):
        """The state says that the service was reloaded since the links moved."""
        path = self.alnitak.state / f"targets/{HOST}.json"
        promise = json.loads(path.read_text()) if path.exists() else {"reload_due": True}
        return not (promise["reload_due"] or promise["releasing"])

    def shown(self):
        return record(self.alnitak.link(HOST))

    def is_shown(self):
        presented, shown = self.presented(), self.shown()
        if presented != shown:
            raise LabError(f"{presented} and not {shown}; its log: {self.world.nginx.tail(5)}")
        return True

    def look(self):
        return Situation(self.disk(), self.records(), self.shown(), self.presented())

    def outcome(self):
        """Where a command has led. A reload takes its time after its end, and old
        workers answer now and then until they are gone."""
        left = self.look()
        if left.presented != left.shown and self.is_reloaded():
            wait_until(self.is_shown, "the service to show what it has loaded", 20, every=0.005)
            left.presented = left.shown
        return left

    # ---- Going elsewhere

    def publish(self, records):
        self.update(("delete", owner(), "TLSA"),
                    *(("add", owner(), TTL, "TLSA", one) for one in records))
        wait_until(lambda: self.world.all_serve(*records), "the records", 20, every=0.005)

    def workers(self):
        pid = self.world.nginx.process.pid
        return set(Path(f"/proc/{pid}/task/{pid}/children").read_text().split())

    def load(self, presented):
        """The service comes to show what the links need not lead to any more. Another
        reload may be under way: so all of its workers must be new."""
        source = next(at for at in (self.at["rest"], self.at["released"])
                      if at.presented == presented)
        source.disk.restore(self.disk())
        before = self.workers()
        self.world.nginx.process.send_signal(signal.SIGHUP)
        wait_until(lambda: not before & self.workers() and self.presented() == presented,
                   "the service to load it", 20, every=0.005)

    def go_to(self, situation, now=None):
        """Within a scene: whatever its records, they match either certificate. NOW
        is where it stands, if that is known."""
        now = now or self.look()
        if now.records != situation.records:
            self.publish(situation.records)
        if (now.shown, now.presented) != (situation.shown, situation.presented):
            self.load(situation.presented)
            now.disk = self.disk()
        if now.disk != situation.disk:
            situation.disk.restore(now.disk)

    def change_to(self, situation):
        """Between scenes: first every cache comes to hold both records."""
        both = sorted({*self.at["rest"].records, *self.at["released"].records})
        self.publish(both)
        wait_until(lambda: dnsquery.records(self.world.resolver.address, owner(), "TLSA",
                                            recurse=True) == both, "the resolver", 30)
        self.go_to(situation)

    # ---- The whole of it

    def without_state(self):
        """Somebody has cleared away what alnitak knew."""
        full, promises = self.look(), self.alnitak.state / f"targets/{HOST}.json"
        promises.unlink()
        bare = self.look()
        self.go_to(full, bare)
        return bare

    def play(self):
        """One rollover; a situation for each of its moments."""
        world, at = self.world, self.at
        self.configure(linger=LONG)
        world.issue_all()
        world.alnitak.run("init")
        world.nginx.start()
        world.publish_live()
        wait_until(lambda: self.run("run") and self.status()["step"] == "at rest", "rest", 60)
        self.run("pre")
        self.run("post")
        at["rest"] = self.outcome()
        self.run("pre")
        world.certbot.renew()
        at["renewed"] = self.outcome()
        at["lost"] = self.without_state()
        self.run("deploy")
        self.records()
        self.run("run")
        wait_until(lambda: self.status()["step"] != "waiting", "the caches to forget", 60,
                   every=0.2)
        at["due"] = self.outcome()
        wait_until(lambda: self.run("run") and self.status()["reason"] == "linger", "release", 60)
        self.configure()
        wait_until(lambda: self.status()["step"] != "waiting", "old connections to end", 60,
                   every=0.2)
        at["released"] = self.outcome()
        with self.one_behind():     # or it might be done at once
            self.run("run")
        at["retired"] = self.outcome()
        return self

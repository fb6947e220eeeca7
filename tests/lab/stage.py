# SPDX-License-Identifier: MIT
"""A rollover cut into situations that can be gone back to at any time.

The world must be at a known place before each of thousands of disturbed runs,
and a renewal by certbot takes seconds: so the disk and the zone are put back.
"""

import json
import os
from dataclasses import dataclass

from . import dnsquery
from .base import wait_until
from .client import association, handshake
from .snapshot import Snapshot
from .world import HOST, SERVICE, owner, record

TTL = 5
# What a scene waits for must not end within it.
LONG = 3600


@dataclass
class Situation:
    disk: Snapshot
    records: list       # what all servers serve
    presented: str      # the record of the certificate that the service shows

    def view(self):
        return self.disk.view(), self.records, self.presented


class Stage:
    """A world whose disk, zone and service are moved at will."""

    def __init__(self, world):
        self.world, self.alnitak = world, world.alnitak
        self.log = world.base / "strace"
        self.env = {**os.environ, **self.alnitak.env}
        certbot = world.certbot.dir
        self.roots = certbot / "live", certbot / "archive", self.alnitak.dane, self.alnitak.state
        self.at = {}

    def configure(self, margin=1, linger=0):
        self.alnitak.settings[f"target {HOST}"]["linger"] = linger
        self.alnitak.configure(margin=margin)

    def run(self, command):
        return self.alnitak.run(command, ok=(0, 1))

    def status(self):
        return json.loads(self.alnitak.run("--json", "status", ok=(0, 1)).stdout)[0]

    # ---- Where it stands

    def records(self):
        """What all servers serve, once they are of one mind."""
        def agreed():
            served = list(self.world.tlsa().values())
            return served[1:] == served[:-1] and (served[0],)
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

    def look(self):
        """A reload takes its time after its command has ended."""
        if self.is_reloaded():
            shown = record(self.alnitak.link(HOST))
            wait_until(lambda: self.presented() == shown, "the service to show it", 20,
                       every=0.005)
        return Situation(self.disk(), self.records(), self.presented())

    # ---- Going elsewhere

    def publish(self, records):
        self.world.nsupdate(f"update delete {owner()} TLSA",
                            *(f"update add {owner()} {TTL} TLSA {one}" for one in records))
        wait_until(lambda: self.world.all_serve(*records), "the records", 20, every=0.005)

    def load(self, presented):
        """The service comes to show what the links need not lead to any more."""
        source = next(at for at in (self.at["rest"], self.at["released"])
                      if at.presented == presented)
        source.disk.restore(self.disk())

        def loaded():
            self.world.nginx.reload()
            return wait_until(lambda: self.presented() == presented, "a reload", 1, every=0.005)
        wait_until(loaded, "the service to load it", 20)

    def go_to(self, situation, now=None):
        """Within a scene: whatever its records, they match either certificate. NOW
        is where it stands, if that is known."""
        now = now or self.look()
        if now.records != situation.records:
            self.publish(situation.records)
        if now.presented != situation.presented:
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
        at["rest"] = self.look()
        self.run("pre")
        world.certbot.renew()
        at["renewed"] = self.look()
        at["lost"] = self.without_state()
        self.run("deploy")
        self.records()
        self.run("run")
        wait_until(lambda: self.status()["step"] != "waiting", "the caches to forget", 60)
        at["due"] = self.look()
        wait_until(lambda: self.run("run") and self.status()["reason"] == "linger", "release", 60)
        self.configure()
        wait_until(lambda: self.status()["step"] != "waiting", "old connections to end", 60)
        at["released"] = self.look()
        return self

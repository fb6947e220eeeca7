# SPDX-License-Identifier: MIT
"""One command at one moment of a rollover, and what must hold if it is disturbed."""

import os

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from .base import LabError, wait_until
from .lineage import PARTS
from .stage import LONG, TTL
from .world import HOST

# Name: the situation that it begins with, the command, the configuration.
SCENES = {
    "pre": ("rest", "pre", {}),
    "rest": ("rest", "run", {}),
    "deploy": ("renewed", "deploy", {"margin": LONG}),
    "publish": ("renewed", "run", {"margin": LONG}),
    "adopt": ("lost", "run", {"margin": LONG}),
    "release": ("due", "run", {"linger": LONG}),
    "delete": ("released", "run", {}),
    "settle": ("retired", "run", {}),
}
LAST = "delete", "settle"
STATUSES = (0, 1, 3, 4, 15)
COMPLAINTS = "error: ", "warning: ", "alnitak: "


def is_litter(path):
    """What the next switch of links, hold or save clears away; at the end of the
    rollover it must be gone."""
    return "/." in path or "/held" in path


class Scene:
    """Its faults are collected: one case must not hide the others."""

    def __init__(self, stage, name):
        begin, self.command, settings = SCENES[name]
        self.stage, self.begin = stage, stage.at[begin]
        self.name, self.words = name, stage.alnitak.command(self.command)
        self.known, self.faults, self.recoveries = set(), [], 0
        stage.configure(**settings)
        stage.change_to(self.begin)
        if name not in stage.goals:
            stage.goals[name] = {way: self.find_goal(way)
                                 for way in dict.fromkeys((self.command, "run"))}
        self.goals = stage.goals[name]

    def find_goal(self, way):
        """Where a command leads when nothing disturbs it."""
        views = []

        def steady():
            self.stage.run(way)
            views.append(self.stage.outcome().view())
            return len(views) > 2 and views[-1] == views[-2] == views[-3]
        wait_until(steady, f"{way} to have nothing more to do", 30)
        self.stage.go_to(self.begin)
        return views[-1]

    def missing(self, goal, view):
        """What keeps VIEW from being GOAL."""
        (disk, *others), (disk_now, *others_now) = goal, view
        found = [f"{path}: {disk.get(path)} became {disk_now.get(path)}"
                 for path in sorted({*disk, *disk_now}) if disk.get(path) != disk_now.get(path)
                 and (path in disk or self.name in LAST or not is_litter(path))]
        return found + [f"{one} became {two}"
                        for one, two in zip(others, others_now) if one != two]

    def blame(self, case, what):
        self.faults.append(f"{self.name}: {case}: {what}")

    def judge(self, case, status, said, since, mute=False, killed=False):
        """The command has ended with STATUS, has said these lines, and began at
        SINCE; MUTE: it could not say anything."""
        self.check_words(case, status, said, mute, killed)
        try:
            left = self.stage.outcome()
        except LabError as error:
            self.blame(case, error)
            self.stage.go_to(self.begin)
            return
        view = left.view()
        self.check_promise(case, left)
        if self.command == "pre" and status == 0 and self.missing(self.goals["pre"], view):
            self.blame(case, "exit status 0, but the links are not pinned")
        if repr(view) in self.known:
            self.stage.go_to(self.begin, left)
            return
        self.known.add(repr(view))
        self.check_disk(case)
        self.check_recovery(case, left, since)
        self.stage.go_to(self.begin)

    # ---- What must hold at once

    def check_words(self, case, status, said, mute, killed):
        complaints = [line for line in said if line.startswith(COMPLAINTS)]
        if status < 0 and not (killed and status == -9):
            self.blame(case, f"ended by signal {-status}: {said}")
        elif status >= 0 and status not in STATUSES:
            self.blame(case, f"exit status {status}: {said}")
        elif status > 0 and not mute and not 1 <= len(complaints) <= 2:
            self.blame(case, f"exit status {status}, and it says {said}")
        elif len(complaints) != len(set(complaints)):
            self.blame(case, f"it repeats itself: {said}")

    def check_promise(self, case, left):
        """What is served now, and what caches may hold since the scene began."""
        for served in (left.records, self.begin.records):
            for what, needed in (("links show", left.shown), ("service presents", left.presented)):
                if needed not in served:
                    self.blame(case, f"the {what} {needed}, and {served} is served")

    def check_disk(self, case):
        """The links are of one version, its key fits, and the state can be read."""
        link = self.stage.alnitak.link
        versions = {os.path.realpath(link(HOST, part)).replace(f"/{part}", "/")
                    for part in PARTS}
        if len(versions) != 1:
            self.blame(case, f"the links lead to {sorted(versions)}")
        leaf = x509.load_pem_x509_certificate(link(HOST).read_bytes())
        key = load_pem_private_key(link(HOST, "privkey").read_bytes(), None)
        if leaf.public_key().public_numbers() != key.public_key().public_numbers():
            self.blame(case, "the key does not fit the certificate")
        try:
            status = self.stage.status()
            if status["step"] == "failed":
                self.blame(case, status["line"])
        except (LabError, ValueError, LookupError) as error:
            self.blame(case, f"status: {error}")

    # ---- What must come of it

    def check_recovery(self, case, left, since):
        for way, goal in self.goals.items():
            self.recoveries += 1
            self.stage.go_to(left)
            views = []

            def arrived():
                self.stage.run(way)
                views[:] = [self.stage.outcome().view()]
                return not self.missing(goal, views[0])
            try:
                wait_until(arrived, f"{way} to carry on", 30, every=0.01)
                self.check_wait(case, way, since)
            except LabError as error:
                self.blame(case, f"{way} does not carry on: "
                                 f"{self.missing(goal, views[0]) if views else error}")

    def check_wait(self, case, way, since):
        """No wait is shorter than the TTL of what was served when it began."""
        status = self.stage.status()
        if status["reason"] != "caches":
            return
        if status["until_ms"] / 1000 < since + TTL:
            self.blame(case, f"{way}: waits only until {status['until']}")

    def __str__(self):
        return (f"{self.name}: {len(self.known)} situations, {self.recoveries} times carried on, "
                f"{len(self.faults)} faults")

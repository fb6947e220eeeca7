# SPDX-License-Identifier: MIT
"""alnitak itself: its configuration and its runs."""

import json
import os
import shlex
import subprocess
from pathlib import Path

from . import schema
from .base import run
from .lineage import PARTS

BINARY = Path(os.environ.get("ALNITAK") or Path(__file__).parents[2] / "alnitak")


def sanitized():
    return BINARY.exists() and b"__asan_init" in BINARY.read_bytes()


def value(setting):
    """SETTING as libconfuse reads it."""
    if isinstance(setting, bool):
        return "yes" if setting else "no"
    if isinstance(setting, (list, tuple)):
        return "{ " + ", ".join(value(one) for one in setting) + " }"
    return str(setting) if isinstance(setting, int) else f'"{setting}"'


def block(settings, indent=""):
    """SETTINGS as text; a dictionary "zone NAME" or "target NAME" is a section."""
    lines = []
    for name, setting in settings.items():
        if isinstance(setting, dict):
            kind, title = name.split()
            lines += [f'{indent}{kind} "{title}" {{', block(setting, indent + "\t"),
                      indent + "}"]
        else:
            lines.append(f"{indent}{name} = {value(setting)}")
    return "\n".join(lines)


def content(path):
    """Of a state, what decides: not what was seen, when, and told; to look ends its
    being settled. A promise to publish may stand without its deed, as after an
    answer that proves nothing."""
    if path.suffix == ".json":
        promise = json.loads(path.read_text())
        return {name: promise.get(name) for name in ("released", "releasing", "presented")}
    return path.is_file() and path.read_bytes()


class Alnitak:
    """One installation, below BASE."""

    def __init__(self, base, **settings):
        self.base = Path(base)
        self.conf = self.base / "etc/alnitak.conf"
        self.dane = self.base / "etc/alnitak/dane"
        self.state = self.base / "var/lib/alnitak"
        self.reports = self.base / "findings"
        for directory in (self.dane.parent, self.state.parent, self.reports):
            directory.mkdir(parents=True, exist_ok=True)
        self.settings = {
            "letsencrypt_directory": self.base / "etc/letsencrypt",
            "dane_directory": self.dane, "state_directory": self.state,
            "resolver": ["127.0.10.5"], "record_ttl": 5, "margin": 2, **settings}
        self.env = {
            "TZ": "UTC0", "ASAN_OPTIONS": f"exitcode=99:log_path={self.reports}/asan",
            "LSAN_OPTIONS": f"exitcode=99:log_path={self.reports}/lsan",
            "UBSAN_OPTIONS": "halt_on_error=1:exitcode=99:print_stacktrace=1:"
                             f"log_path={self.reports}/ubsan"}

    def configure(self, text=None, **settings):
        self.settings.update(settings)
        self.conf.write_text(block(self.settings) + "\n" if text is None else text)
        return self

    def command(self, *words):
        return [str(word) for word in (BINARY, "-c", self.conf, *words)]

    def hook(self, word):
        """The command line for certbot; its sanitizer writes here too."""
        env = [f"{name}={setting}" for name, setting in self.env.items()]
        return shlex.join(["env", *env, *self.command(word)])

    def hooks(self):
        return {word: self.hook(word) for word in ("pre", "deploy", "post")}

    def run(self, *words, ok=(0,), **more):
        """Run a command; OK=None takes any exit status. What it prints as JSON is as
        dist/schema promises, whatever else the test is about."""
        more["env"] = {**self.env, **more.get("env", {})}
        done = run(*self.command(*words), ok=ok, **more)
        if "--json" in words and done.stdout:
            command, = schema.COMMANDS.intersection(words)
            schema.read(command, done.stdout)
        return done

    def told(self, *words, ok=None):
        """What a command says with --json."""
        return json.loads(self.run("--json", *words, ok=ok).stdout)

    def status(self):
        return self.told("status")

    def findings(self, target, ok=None):
        """What check finds of one target."""
        return next(one["findings"] for one in self.told("check", ok=ok)["targets"]
                    if one["target"] == target)

    def stands(self, target):
        """What status says of one target."""
        return next(one for one in self.status() if one["target"] == target)

    def spawn(self, *words):
        return subprocess.Popen(self.command(*words), text=True, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                env={**os.environ, **self.env})

    def snapshot(self):
        """Links and state: every name with its link target, or mode and content; not
        the journal, which says what was tried."""
        return {str(path): path.readlink() if path.is_symlink() else
                (path.stat().st_mode, content(path))
                for directory in (self.dane, self.state)
                for path in sorted(directory.rglob("*"))
                if self.state / "journal" not in (path, path.parent)}

    def sanitizer_findings(self):
        return "".join(path.read_text() for path in sorted(self.reports.iterdir()))

    def link(self, lineage, part="fullchain"):
        return self.dane / lineage / f"{part}.pem"

    def at_rest(self, lineage):
        """All four links show what live shows, from where they belong."""
        live = Path(self.settings["letsencrypt_directory"]) / "live" / lineage
        links = [self.link(lineage, part) for part in PARTS]

        def place(link):
            """The directory that LINK leads to: certbot's live links, or their archive."""
            return Path(os.path.normpath(link.parent / os.readlink(link))).parent

        def wanted(link):
            name = live / link.name
            return live if self.settings.get("follow_live") else name.resolve().parent
        return all(link.exists() and link.samefile(live / link.name)
                   and place(link) == wanted(link) for link in links)

# SPDX-License-Identifier: MIT
"""What is on disk: to be compared, and to be put back."""

import json
import shutil
import time
from pathlib import Path


def entry(path):
    """(kind, mode, content) of PATH itself."""
    if path.is_symlink():
        return "link", 0, str(path.readlink())
    mode = path.stat().st_mode & 0o7777
    return ("directory", mode, b"") if path.is_dir() else ("file", mode, path.read_bytes())


def remove(path):
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def make(path, kind, mode, content):
    if kind == "link":
        path.symlink_to(content)
        return
    if kind == "directory":
        path.mkdir()
    else:
        path.write_bytes(content)
    path.chmod(mode)


def as_of_now(path, content):
    """A state that is put back was saved just now, or it is known for a copy."""
    if path.parent.name != "targets" or path.suffix != ".json":
        return content
    state = json.loads(content)
    since_ms = int(time.time() * 1000) - state["saved"]["wall_ms"]
    for clock in ("wall_ms", "boot_ms"):
        state["saved"][clock] += since_ms
    return json.dumps(state).encode()


GENERATION, WANTED = ".generation", "lock.wanted"


def promises(text, generations):
    """Of a state file what decides: not when it was, nor what was said of it, nor how
    long a program took; nor what services were proven to present once only one
    certificate is left. Of the generation, whether that of the links is a later one."""
    state = json.loads(text)
    state["generation"] = state["generation"] < generations.get(state["target"], 0)
    for name in ("saved", "stalled_ms", "looked_ms", "ledgers", "alarm", "alarm_since_ms",
                 "notified", "notified_ms", "slow_ms"):
        state.pop(name)
    if len(state["presented"]) == 1:
        state.pop("proven_ms")
    return {name: bool(value) if name.endswith("_ms") else value
            for name, value in state.items()}


class Snapshot:
    """Everything below some directories, but the journal, which says what was tried."""

    def __init__(self, *roots):
        self.roots = [Path(root) for root in roots]
        self.entries = {path: entry(path) for root in self.roots
                        for path in [root, *sorted(root.rglob("*"))]
                        if "journal" not in (path.name, path.parent.name)}

    def __eq__(self, other):
        return self.entries == other.entries

    def restore(self, now):
        """Leaves alone what is in NOW as it was: hard links stay what they are."""
        for path in sorted(now.entries, reverse=True):
            if now.entries[path] != self.entries.get(path):
                remove(path)
        for path in sorted(self.entries):
            if not path.is_symlink() and not path.exists():
                kind, mode, content = self.entries[path]
                make(path, kind, mode, as_of_now(path, content))

    def view(self):
        """What two runs of the same story have in common. What is held may be a
        hard link or a copy, and has the mode of either. How often links were moved is
        no matter, nor whether somebody once waited for the lock."""
        generations = {path.parent.name: int(content)
                       for path, (_, _, content) in self.entries.items()
                       if path.name == GENERATION}
        return {str(path): promises(content, generations)
                if path.suffix == ".json" and kind == "file"
                else (kind, "/held/" in str(path) or mode,
                      path.name == GENERATION or content)
                for path, (kind, mode, content) in self.entries.items()
                if path.name != WANTED}

# SPDX-License-Identifier: MIT
"""What every server of the lab is made of: waiting, running, a process."""

import os
import shutil
import subprocess
import time
from pathlib import Path

ROOT = Path("/run/lab")


class LabError(AssertionError):
    """Something that the lab waited for or ran did not turn out."""


class Failed(LabError):
    """Raised in a condition: waiting any longer makes no sense."""


def wait_until(condition, what, seconds=30.0, every=0.02):
    """Return the first true value of CONDITION(), asked again and again.

    An exception counts as "not yet". The failure says WHAT was awaited and
    what CONDITION saw last.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            seen = condition()
            if seen:
                return seen
        except Failed:
            raise
        except Exception as error:
            seen = f"{type(error).__name__}: {error}"
        if time.monotonic() > deadline:
            raise LabError(f"waited {seconds:g} s for {what}; last seen: {seen!r}")
        time.sleep(every)


def holds(condition, what, seconds, every=0.5):
    """CONDITION() stays true for so long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not condition():
            raise LabError(f"no longer so: {what}")
        time.sleep(every)


def run(*command, env=None, timeout=300, ok=(0,), **more):
    """Run COMMAND to its end; stdout and stderr are text in the result. The time
    limit is for what hangs: certbot with two lineages, sanitized hooks and a
    loaded machine takes more than a minute."""
    done = subprocess.run([str(word) for word in command], text=True,
                          stdin=more.pop("stdin", subprocess.DEVNULL),
                          capture_output=True, timeout=timeout,
                          env={**os.environ, **(env or {})}, **more)
    if ok is not None and done.returncode not in ok:
        raise LabError(f"{' '.join(map(str, command))}: exit {done.returncode}"
                       f"\n{done.stdout}{done.stderr}")
    return done


class Server:
    """One daemon in the foreground, its files in a directory of its own.

    A subclass sets `program`, and gives configure(), command() and ready().
    """

    program = ""
    env = {}

    def __init__(self, name, address, base):
        self.name, self.address = name, address
        self.dir = Path(base) / name
        self.dir.mkdir(parents=True)
        self.log = self.dir / "log"
        self.process = None

    def configure(self):
        """Write the configuration into self.dir."""

    def command(self):
        raise NotImplementedError

    def ready(self):
        """True once the server serves."""
        return True

    def launch(self):
        """Start the process and do not wait for it to serve."""
        self.configure()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [str(word) for word in self.command()], cwd=self.dir,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**os.environ, **self.env})
        return self

    def wait_ready(self, seconds=60):
        def serving():
            if self.process.poll() is not None:
                raise Failed(f"{self.name} ended:\n{self.tail()}")
            return self.ready()
        wait_until(serving, f"{self.name} to serve", seconds)
        return self

    def start(self):
        return self.launch().wait_ready()

    def restart(self, **env):
        """Stop and start, with ENV besides the usual environment."""
        self.stop()
        self.env = {**type(self).env, **env}
        return self.start()

    def stop(self):
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def tail(self, lines=25):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def binary(self, path):
        """A private copy: AppArmor confines a daemon by the path of its file."""
        copy = ROOT / "bin" / Path(path).name
        if not copy.exists():
            copy.parent.mkdir(exist_ok=True)
            shutil.copy2(path, copy)
        return copy

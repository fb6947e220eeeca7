# SPDX-License-Identifier: MIT
"""The programs of docker/image by hand, as tini would start them: docker/run shows
that the image works, and this what they do where something is wrong."""

import os
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

import pytest

from lab.base import run, wait_until

IMAGE = Path(__file__).parents[2] / "docker/image"
HOOKS = Path(__file__).parents[2] / "dist/certbot"
# What the container has of it, for a while, and says what comes of it.
PROGRAM = """#!/bin/sh
echo "$(basename "$0") $*" >> {log}
trap 'echo "$(basename "$0") ended" >> {log} ; exit 1' TERM
[ ! -e {slow} ] || {{ sleep 60 & wait ; }}
exit 1
"""


class Container:
    """What the image has at fixed places is below a directory."""

    def __init__(self, base):
        self.base, self.log, self.slow = base, base / "log", base / "slow"
        for place in ("bin", "letsencrypt", "reload"):
            (base / place).mkdir()
        for name in ("alnitak", "certbot"):
            self.program(name, PROGRAM.format(log=self.log, slow=self.slow))
        for name in ("timers", "reload-container"):
            self.program(name, (IMAGE / name).read_text()
                         .replace("/etc/letsencrypt", str(base / "letsencrypt"))
                         .replace("/usr/share/alnitak/certbot", str(HOOKS))
                         .replace("/run/reload", str(base / "reload")))
        self.log.touch()

    def program(self, name, text):
        path = self.base / "bin" / name
        path.write_text(text)
        path.chmod(0o755)

    def command(self, name, *words):
        return [self.base / "bin" / name, *words]

    def env(self, **more):
        return {"PATH": f"{self.base}/bin:{os.environ['PATH']}", **more}

    def said(self):
        return self.log.read_text().splitlines()


@pytest.fixture
def container(tmp_path):
    return Container(tmp_path)


def is_gone(group):
    """Nobody is in GROUP any more."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.fixture
def timers(container):
    """Started, with a second between; nothing of it is left at the end."""
    begun = []

    def start():
        begun.append(subprocess.Popen(
            container.command("timers"), start_new_session=True, stdin=subprocess.DEVNULL,
            env={**os.environ, **container.env(ALNITAK_SECONDS="1", CERTBOT_SECONDS="60")}))
        return begun[0]
    yield start
    try:
        for process in begun:
            # An orphan that has been asked to end does so when it gets a processor.
            wait_until(lambda: is_gone(process.pid), "nothing left of the container")
    finally:
        for process in begun:
            if not is_gone(process.pid):
                os.killpg(process.pid, signal.SIGKILL)


def test_what_fails_is_done_again(container, timers):
    process = timers()
    wait_until(lambda: container.said().count("alnitak run") >= 3, "three runs")
    assert container.said().count("certbot renew") == 1
    for word in ("pre", "deploy", "post"):
        assert os.access(container.base / f"letsencrypt/renewal-hooks/{word}/alnitak", os.X_OK)
    process.terminate()
    assert process.wait(5) == 0


@pytest.mark.parametrize("end", (signal.SIGTERM, signal.SIGINT))
def test_what_is_at_work_is_asked_to_end(container, timers, end):
    container.slow.touch()
    process = timers()
    wait_until(lambda: len(container.said()) == 2, "both at work")
    time.sleep(0.2)         # for their traps
    process.send_signal(end)
    assert process.wait(5) == 0
    assert sorted(container.said()[2:]) == ["alnitak ended", "certbot ended"]


def test_a_command_instead(container):
    done = run(*container.command("timers", "sh", "-c", "exit 7"), env=container.env(), ok=(7,))
    assert not done.stdout + done.stderr and not container.said()


@pytest.mark.parametrize("seconds", ("0", "often", "-1", "1.5h", "5 m"))
def test_no_time_between(container, seconds):
    for name in ("ALNITAK_SECONDS", "CERTBOT_SECONDS"):
        said = run(*container.command("timers"), env=container.env(**{name: seconds}), ok=(2,),
                   timeout=5)
        assert f'"{seconds}" is no number of seconds' in said.stderr, said
    assert not container.said()


# ---- Reloads of others -----------------------------------------------------------


def answer(container, name, *pieces):
    """Who listens there says all PIECES to the one who comes."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(container.base / f"reload/{name}"))
    listener.listen()

    def serve():
        with listener, listener.accept()[0] as caller:
            try:
                for piece in pieces:
                    caller.sendall(piece)
            except OSError:
                pass
    threading.Thread(target=serve, daemon=True).start()


def reload(container, *names, ok):
    return run(*container.command("reload-container", *names), env=container.env(), ok=(ok,),
               timeout=10)


def test_reloads(container):
    answer(container, "web", b"0\n")
    answer(container, "mail", b"0\n")
    reload(container, "web", "mail", ok=0)


def test_reloads_that_are_none(container):
    answer(container, "says-1", b"1\n")
    answer(container, "says-nothing")
    answer(container, "says-more", b"0\n", b"0\n")
    answer(container, "never-ends", *([b"0" * 65536] * 4096))
    reload(container, ok=2)
    for name in ("says-1", "says-nothing", "says-more", "never-ends", "is-nobody"):
        said = reload(container, name, ok=1).stdout
        assert said.startswith(f"{name}: reload ended with ") and len(said) < 200, said

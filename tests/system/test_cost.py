# SPDX-License-Identifier: MIT
"""What a run costs: nothing when there is nothing to do, else few round trips."""

import json
import re
import time

import pytest

from lab.base import run, wait_until

HARMLESS = ('/dev/null"', '/dev/tty"', 'lock"', "EEXIST")


def seconds(command):
    began = time.perf_counter()
    command()
    return time.perf_counter() - began


@pytest.fixture
def finished(settled):
    settled.renew()
    settled.run_until_finished()

    def idle():
        settled.alnitak.run("run")
        return json.dumps(settled.alnitak.status()).count('"at rest"')
    wait_until(idle, "alnitak to say that there is nothing to do", 20, every=1)
    return settled


def test_an_idle_run_touches_nothing(finished):
    """No socket, and no file opened for writing, made, moved or removed."""
    trace = finished.base / "trace"
    run("strace", "-f", "-o", trace, "-e", "trace=network,file,desc",
        *finished.alnitak.command("run"),
        env={**finished.alnitak.env, "ASAN_OPTIONS": "detect_leaks=0"})
    lines = trace.read_text().splitlines()
    assert any("alnitak.conf" in line for line in lines)
    suspects = [line for line in lines if re.search(
        r" (socket|connect|sendto|rename\w*|unlink\w*|mkdir\w*|symlink\w*|link\w*|"
        r"chmod|fchmod\w*|ftruncate|utimens\w*)\(|O_WRONLY|O_RDWR|O_CREAT", line)]
    assert not [line for line in suspects
                if not any(word in line for word in HARMLESS)]


@pytest.mark.timing
def test_an_idle_run_takes_no_time(finished):
    best = min(seconds(lambda: finished.alnitak.run("run")) for _ in range(10))
    assert best < 0.020, f"{best * 1000:.1f} ms"


@pytest.mark.timing
@pytest.mark.world(delay_ms=50, zone_ttl=3600)
def test_publication_takes_few_round_trips(settled):
    """Six addresses, each 50 ms away; the resolver knows the zone already."""
    settled.alnitak.run("check", ok=None)
    old = settled.live_record()
    settled.alnitak.run("pre")
    settled.certbot.renew()
    took = seconds(lambda: settled.alnitak.run("deploy"))
    settled.comes_to_serve(old, settled.live_record())
    assert took < 0.5, f"{took * 1000:.0f} ms"

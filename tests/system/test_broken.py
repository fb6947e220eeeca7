# SPDX-License-Identifier: MIT
"""Eleven ways in which a set-up breaks, at rest and in a renewal: who asks is told
what it is and what to do, who does not ask is told once, nothing is done that breaks
the promise, and when it is mended all comes to its end."""

import contextlib
import re
import time

import pytest

from lab import dnsquery
from lab.base import wait_until
from lab.broken import (LONG, PORTS, Host, another_presented_on, clock_off, disk_full,
                        hook_removed, no_ds, not_reloaded_on, record_edited,
                        secondary_dead, signature_expired, timer_disabled, wrong_key)
from lab.client import audited
from lab.noting import noting, told
from lab.world import HOST, leaf, owner, record

RUNS = 2            # so often is looked whether notify is told again

ASTRAY = tuple(map(another_presented_on, PORTS))
NOT_RELOADED = tuple(map(not_reloaded_on, PORTS))
ANYTIME = (no_ds, secondary_dead, signature_expired, record_edited, *ASTRAY, hook_removed,
           timer_disabled, disk_full)
# Of these a run meets when it has something to send; check tries an update.
SENDING = wrong_key, clock_off
BLIND = [("rest", way) for way in SENDING]
CASES = [*(("rest", way) for way in ANYTIME), *BLIND,
         *(("renewed", way) for way in (*SENDING, disk_full)),
         *(("published", way) for way in (*ANYTIME, *NOT_RELOADED))]
# Clients suffer from them, whatever alnitak does; they watch afterwards. At rest
# nothing moves that they could meet.
HARMFUL = no_ds, record_edited, *ASTRAY, clock_off


@pytest.fixture(scope="module")
def host():
    host = Host()
    try:
        host.start()
        host.notes = noting(host)
        yield host
    finally:
        host.stop()
    findings = host.alnitak.sanitizer_findings()
    assert not findings, findings


def begin_renewal(host):
    host.alnitak.configure(margin=LONG)
    host.lineage.renew()


def publish(host):
    begin_renewal(host)
    host.alnitak.run("run")
    last = host.lineage.version
    wait_until(lambda: host.all_have(*host.records(last - 1, last)), "the publication")


MOMENTS = {"rest": lambda host: None, "renewed": begin_renewal, "published": publish}


def events(host):
    return [(event, text) for event, text, _ in told(host.notes)[host.heard:]]


def deeds(host):
    journal = host.alnitak.told("explain")[0]["journal"]
    return [deed for deed in journal if deed["ms"] > host.began_ms]


def first_line(host, status):
    return host.alnitak.run("check", ok=(status,)).stdout.splitlines()[0]


# ---- What is said ----------------------------------------------------------------


def asked(host, says):
    """check, before any run has seen it (old workers of a service that was reloaded
    answer now and then until they are gone); and status, for what no target tells."""
    word = {1: "WARNING", 2: "CRITICAL"}[says.status]

    def named():
        line = first_line(host, says.status)
        assert re.match(f"ALNITAK {word} - {says.check}", line), line
        return True
    wait_until(named, "check to name it", every=0.2)
    if says.host:
        said = host.alnitak.run("status", ok=None).stdout
        assert re.search(f"^{says.check}", said, re.M), said


def run_until_alarm(host, says):
    """The error of the first run that sees it."""
    def fails():
        done = host.alnitak.run("run", ok=(0, 1))
        return done.returncode and done.stderr
    if says.is_late:
        wait_until(lambda: host.alnitak.run("run") and host.is_stalled(), "the wait", every=0.2)
        assert not events(host)
        host.six_hours_pass()
    return wait_until(fails, "the alarm", every=0.2)


def alarmed(host, says):
    """Runs, status, the journal and notify, which is told once."""
    error = run_until_alarm(host, says)
    for _ in range(RUNS):
        assert re.search(f"error: {HOST}: .*{says.alarm}", error), error
        error = host.alnitak.run("run", ok=(1,)).stderr
    (event, text), = events(host)
    assert event == "begin" and re.search(says.alarm, text), text
    if says.is_kept:
        said = host.alnitak.run("status", ok=(1,)).stdout
        assert re.match(f"{HOST}: ALARM since .*{says.alarm}", said), said
        assert [deed["why"] for deed in deeds(host) if deed["deed"] == "alarm"
                and re.search(says.alarm, deed["why"])], deeds(host)


def noticed(host, says):
    """By who looks on a timer: notify is told once."""
    for _ in range(RUNS):
        host.alnitak.run("check", "--notify", ok=(says.status,))
    (event, text), = events(host)
    assert event == "begin" and re.search(says.check, text), text


def unnoticed(host):
    """By runs, which go on as if nothing were."""
    for _ in range(RUNS):
        host.alnitak.run("run")
    assert len(events(host)) == 1


def over(host, says):
    """The end is told once as well, and all is good again."""
    host.alnitak.configure(margin=1)
    host.run_until(host.is_done, ok=(0, 1))
    wait_until(lambda: first_line(host, 0), "all to be good", every=0.2)
    for _ in range(RUNS):
        host.alnitak.run("run")
    if not says.alarm:
        host.alnitak.run("check", "--notify")
    assert [event for event, _ in events(host)] == ["begin", "end"], events(host)
    if says.alarm and says.is_kept:
        assert [deed["deed"] for deed in deeds(host)
                if deed["deed"] in ("alarm", "over")] == ["alarm", "over"], deeds(host)


# ---- What is done ------------------------------------------------------------------


def presented(host):
    """By the services, and the records of that and of what the links show."""
    shown = [host.shown(port) for port in PORTS]
    own = [host.lineage.path("cert", version + 1) for version in range(host.lineage.version)]
    return shown, {record(path) for path in own
                   if leaf(path) in (*shown, leaf(host.alnitak.link(HOST)))}


@contextlib.contextmanager
def nothing_is_given_up(host):
    """Services go on presenting what they did, and the primary serves what that needs."""
    link, shown, records = host.alnitak.link(HOST).resolve(), *presented(host)
    yield
    assert host.alnitak.link(HOST).resolve() == link
    assert presented(host) == (shown, records)
    for port in PORTS:
        found = dnsquery.records(host.primary.address, owner(HOST, port), "TLSA")
        assert records <= set(found), found


@pytest.mark.parametrize("moment, way", CASES, ids=lambda one: getattr(one, "__name__", one))
def test_who_is_told_what(host, moment, way):
    host.heard, host.began_ms = len(told(host.notes)), time.time() * 1000
    harmful, moves = way in HARMFUL, moment != "rest"
    with contextlib.ExitStack() as audit:
        if moves and not harmful:
            audit.enter_context(audited(host, rate=0))
        MOMENTS[moment](host)
        with way(host) as says:
            if (moment, way) in BLIND:
                says.alarm = ""
            asked(host, says)
            with nothing_is_given_up(host):
                if says.alarm:
                    alarmed(host, says)
                else:
                    noticed(host, says)
                    unnoticed(host)
        if moves and harmful:
            audit.enter_context(audited(host, rate=0))
        over(host, says)

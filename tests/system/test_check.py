# SPDX-License-Identifier: MIT
"""What is broken while all is at rest: the first line of `check` names it, and what to
do. Keys, rights and clocks at the primary: test_tsig.py."""

import contextlib
import json
import re

import pytest

from lab import dnsquery
from lab.base import run, wait_until
from lab.nameservers import delegate
from lab.web import self_signed
from lab.world import HOST, SERVICE, ZONE, owner

NOBODY = "65534"


def put_hooks(world):
    for word in ("pre", "deploy", "post"):
        hook = world.certbot.dir / f"renewal-hooks/{word}/alnitak"
        hook.parent.mkdir(parents=True, exist_ok=True)
        hook.write_text(f"#!/bin/sh\nexec {world.alnitak.command(word)[0]} {word}\n")
        hook.chmod(0o755)


def first_line(world, status):
    return world.alnitak.run("check", ok=(status,)).stdout.splitlines()[0]


def is_good(world):
    return wait_until(lambda: first_line(world, 0), "all to be good", 30)


@pytest.fixture
def checked(settled):
    settled.status = settled.base / "run/status.json"
    settled.alnitak.configure(status_file=settled.status, recheck=1).run("run")
    put_hooks(settled)
    assert is_good(settled).startswith("ALNITAK OK - all is good with 1 target | 'last run'=")
    return settled


@contextlib.contextmanager
def hook_removed(world):
    hook = world.certbot.dir / "renewal-hooks/deploy/alnitak"
    hook.unlink()
    yield 1, r"this host: hooks: certbot has no deploy hook .* install -m 755 .*/deploy/alnitak"
    put_hooks(world)


@contextlib.contextmanager
def runs_have_stopped(world):
    left = json.loads(world.status.read_text())
    world.status.write_text(json.dumps({**left, "ms": left["ms"] - 2 * 3600 * 1000}))
    yield 2, r"this host: last run: it ended 2 h .*ago, .* want less than 15 min; .*timer"
    world.alnitak.run("run")


@contextlib.contextmanager
def disk_full(world):
    run("mount", "-t", "tmpfs", "-o", "size=200k,mode=711", "small", world.base / "small")
    run("cp", "-a", f"{world.alnitak.state}/.", world.base / "small")
    run("mount", "--move", world.base / "small", world.alnitak.state)
    yield 2, r"this host: state directory: .* KiB free, want 16384: .*make room there"
    run("umount", world.alnitak.state)


@contextlib.contextmanager
def record_deleted(world):
    record = world.live_record()
    world.nsupdate(f"update delete {owner()} TLSA")
    world.comes_to_serve()
    yield 2, (rf"{HOST}: {re.escape(owner())} at 127\.0\.10\.2 .*: serves nothing, .*; "
              r"want {3 1 1 .*; alnitak run publishes what is missing, when it looks again")
    world.run_until(lambda: world.all_serve(record), "the record")


@contextlib.contextmanager
def secondary_dead(world):
    world.nsd.stop()
    yield 2, (rf"{HOST}: {re.escape(owner())} at 127\.0\.10\.3 ns2\..*; want {{3 1 1 .*; what "
              "is dead for good is to leave the delegation, or to be named by ignore")
    world.nsd.start()


@contextlib.contextmanager
def service_not_reloaded(world):
    other = world.base / "other" / HOST
    other.mkdir(parents=True)
    self_signed(other, SERVICE)
    (other / "cert.pem").rename(other / "fullchain.pem")
    (other / "key.pem").rename(other / "privkey.pem")
    dane, world.nginx.certificates = world.nginx.certificates, other.parent
    before = world.presented()
    world.nginx.configure()
    world.nginx.reload()
    wait_until(lambda: world.presented() != before, "the other certificate")
    yield 2, (rf"{HOST}: services: {HOST}\. \[{SERVICE}\]:443 presents \S+ \(want \S+; "
              rf"let it load the files in {world.alnitak.dane}/{HOST}, and reload it")
    world.nginx.certificates = dane
    world.nginx.configure()
    world.nginx.reload()
    wait_until(lambda: world.presented() == before, "the right certificate")


@contextlib.contextmanager
def no_ds(world):
    dnsquery.update(world.root.address, "test.", ("delete", ZONE, "DS"))
    world.resolver.restart()
    wait_until(lambda: not world.resolver.secure(ZONE, "SOA") or None, "no trust")
    yield 2, rf"{HOST}: .*: no DS at its parent, .*: sign the zone and have the DS published"
    delegate(world.root.address, ZONE, world.primary.address)
    world.resolver.restart()
    wait_until(lambda: world.resolver.secure(ZONE, "SOA"), "trust")


BROKEN = (hook_removed, runs_have_stopped, disk_full, record_deleted, secondary_dead,
          service_not_reloaded, no_ds)


def told_to_nobody(checked):
    def line_for_nobody(status):
        return run("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
                   *checked.alnitak.command("check"), ok=(status,)).stdout
    said = line_for_nobody(0)
    assert said.startswith("ALNITAK OK - all is good with 1 target | 'last run'="), said
    assert f"\n{HOST}\n  good  certificate in service: expires " in said, said
    with record_deleted(checked):
        target = checked.alnitak.settings["zone example.test"]
        good, target["key"] = target["key"], checked.other_key.write(checked.base / "bad")
        checked.alnitak.configure()
        wait_until(lambda: checked.alnitak.run("run", ok=None).returncode == 1, "the alarm")
        said = line_for_nobody(2)
        assert f"ALNITAK CRITICAL - {HOST}: alarm: since " in said and "REFUSED" in said, said
        target["key"] = good
        checked.alnitak.configure()
    assert line_for_nobody(0)


def test_what_is_broken_is_named_with_its_remedy(checked):
    """And who is not root is told what the last run saw."""
    (checked.base / "small").mkdir()
    for broken in BROKEN:
        with broken(checked) as (status, says):
            line = first_line(checked, status)
            assert re.match(f"ALNITAK {('WARNING', 'CRITICAL')[status - 1]} - {says}", line), \
                (broken.__name__, line)
        is_good(checked)
    told_to_nobody(checked)


@pytest.mark.world(validity_seconds=7200)
def test_a_rollover_that_does_not_fit(settled):
    """It is told before it begins, and once when it does."""
    late = (r"a rollover takes .*: the new certificate is in service after 3 h.*, want less "
            r"than the .* that are left of the old one; lower margin")
    settled.alnitak.configure(margin=10800)
    assert re.search(rf"{HOST}: {late}", settled.alnitak.run("configtest").stderr)
    assert re.match(rf"ALNITAK CRITICAL - {HOST}: time: {late}", first_line(settled, 2))
    settled.certbot.renew()
    begun, again = (settled.alnitak.run("run", ok=(0, 1)).stderr for _ in range(2))
    assert re.search(rf"warning: {HOST}: {late}", begun), begun
    assert "a rollover takes" not in again, again

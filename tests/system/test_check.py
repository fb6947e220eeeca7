# SPDX-License-Identifier: MIT
"""What `check` says to those who are not root, and what of a rollover that does not
fit. What it says of what is broken: test_broken.py; keys, rights and clocks at the
primary: test_tsig.py."""

import re

import pytest

from lab.base import run, wait_until
from lab.broken import put_hooks
from lab.world import HOST, owner

NOBODY = "65534"


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


def test_who_is_not_root_is_told_what_the_last_run_saw(checked):
    def line_for_nobody(status):
        return run("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
                   *checked.alnitak.command("check"), ok=(status,)).stdout
    said = line_for_nobody(0)
    assert said.startswith("ALNITAK OK - all is good with 1 target | 'last run'="), said
    assert f"\n{HOST}\n  good  certificate in service: expires " in said, said
    record = checked.live_record()
    checked.nsupdate(f"update delete {owner()} TLSA")
    checked.comes_to_serve()
    target = checked.alnitak.settings["zone example.test"]
    good, target["key"] = target["key"], checked.other_key.write(checked.base / "bad")
    checked.alnitak.configure()
    wait_until(lambda: checked.alnitak.run("run", ok=None).returncode == 1, "the alarm")
    said = line_for_nobody(2)
    assert f"ALNITAK CRITICAL - {HOST}: alarm: since " in said and "REFUSED" in said, said
    target["key"] = good
    checked.alnitak.configure()
    checked.run_until(lambda: checked.all_serve(record), "the record")
    assert line_for_nobody(0)


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

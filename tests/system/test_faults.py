# SPDX-License-Identifier: MIT
"""Updates that cannot be made: one clear line, and nothing has changed."""

import re

import pytest

from lab.nameservers import Key, skewed
from lab.world import HOST


def use(world, **zone):
    world.alnitak.settings["zone example.test"].update(zone)
    world.alnitak.configure()


def refused(world):
    """The server knows the key and does not let it do this."""
    use(world, key=world.other_key.write(world.base / "other.key"))


def unknown_key(world):
    use(world, key=Key("nobody.example.test").write(world.base / "nobody.key"))


def wrong_secret(world):
    use(world, key=Key(world.key.name).write(world.base / "wrong.key"))


def wrong_algorithm(world):
    key = Key(world.key.name, "hmac-sha512", world.key.secret)
    use(world, key=key.write(world.base / "algorithm.key"))


def skewed_clock(world):
    world.primary.restart(**skewed(600))


def unreachable(world):
    use(world, primary="127.0.10.40")


@pytest.mark.parametrize("fault, says", [
    (refused, "refused"),
    (unknown_key, "badkey|not know"),
    (wrong_secret, "badsig|secret"),
    (wrong_algorithm, "badkey|badsig|algorithm"),
    (skewed_clock, "badtime|clock"),
    (unreachable, "refused|unreachable|no answer|cannot connect|timed out"),
], ids=lambda value: getattr(value, "__name__", ""))
def test_one_line_says_what_is_wrong(settled, fault, says):
    settled.alnitak.run("pre")
    settled.certbot.renew()
    fault(settled)
    disk, dns, before = settled.alnitak.snapshot(), settled.tlsa(), settled.presented()

    done = settled.alnitak.run("deploy", ok=(1,))

    lines = [line for line in (done.stdout + done.stderr).splitlines()
             if re.search(says, line, re.IGNORECASE)]
    assert len(lines) == 1, done.stdout + done.stderr
    server = "127.0.10.40" if fault is unreachable else settled.primary.address
    assert server in lines[0] or "ns1.example.test" in lines[0]
    for key in settled.base.glob("*.key"):
        secret = re.search(r'secret "(.*)"', key.read_text())[1]
        assert secret not in done.stdout + done.stderr
    assert settled.tlsa() == dns
    assert settled.presented() == before
    assert settled.alnitak.snapshot() == disk


def test_a_fault_that_passes_is_forgotten(settled):
    """The next run after the repair carries on by itself."""
    wrong_secret(settled)
    settled.alnitak.run("pre")
    settled.certbot.renew()
    settled.alnitak.run("deploy", ok=(1,))
    use(settled, key=settled.key_file)
    settled.run_until_finished()


def test_a_narrow_grant_is_enough(settled):
    """The zone's update-policy names one owner and one type, and no more."""
    assert settled.primary.zones[0].grant == [
        f"{settled.key.name} name _443._tcp.{HOST}. TLSA"]
    settled.renew()
    settled.run_until_finished()

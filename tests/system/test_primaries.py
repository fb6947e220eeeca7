# SPDX-License-Identifier: MIT
"""Whole renewals with every kind of primary, between secondaries of every kind."""

import pytest

from lab.client import audited
from lab.nameservers import Nsd
from lab.nameservers_bind import BindSecondary
from lab.nameservers_knot import Knot, KnotPrimary
from lab.nameservers_powerdns import PowerDns, PowerDnsSecondary
from lab.world import HOST, leaf


def scene(name, primary, *secondaries, **options):
    return pytest.param(id=name, marks=[pytest.mark.world(
        primary=primary, secondaries=secondaries, zone_ttl=2, record_ttl=2, **options)])


@pytest.mark.parametrize("", [
    scene("knot", KnotPrimary, BindSecondary, PowerDnsSecondary),
    scene("powerdns", PowerDns, Nsd, Knot),
])
def test_a_renewal(settled):
    settled.alnitak.configure(margin=1)
    versions = [leaf(settled.certbot.live(HOST))]
    with audited(settled) as client:
        settled.renew()
        versions.append(leaf(settled.certbot.live(HOST)))
        settled.run_until_finished()
    assert client.certificates == versions

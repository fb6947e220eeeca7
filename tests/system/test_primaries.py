# SPDX-License-Identifier: MIT
"""Whole renewals with every kind of primary, between secondaries of every kind."""

import pytest

from lab.client import audited
from lab.nameservers import Nsd
from lab.nameservers_bind import (BindForwarder, BindInline, BindNsec3, BindSecondary,
                                  BindViews, Bind)
from lab.nameservers_knot import Knot, KnotNsec3, KnotPrimary
from lab.nameservers_powerdns import PowerDns, PowerDnsSecondary, PowerDnsSoaEdit
from lab.world import HOST, leaf


def scene(name, primary, *secondaries, **options):
    return pytest.param(id=name, marks=[pytest.mark.world(
        primary=primary, secondaries=secondaries, zone_ttl=2, record_ttl=2, **options)])


@pytest.mark.parametrize("", [
    scene("knot", KnotPrimary, BindSecondary, PowerDnsSecondary),
    scene("knot-nsec3", KnotNsec3, Knot, Nsd),
    scene("powerdns", PowerDns, Nsd, Knot),
    scene("powerdns-soa-edit", PowerDnsSoaEdit, PowerDnsSecondary, BindSecondary),
    scene("bind-inline", BindInline, Nsd, PowerDnsSecondary),
    scene("bind-nsec3", BindNsec3, BindSecondary, Knot),
    scene("bind-views", BindViews, Nsd, Knot),
    scene("bind-hidden", Bind, Nsd, Knot, hidden=True,
          zone_settings={"primary": "127.0.10.2"}),
    scene("bind-forwarded", Bind, BindForwarder, Nsd,
          zone_settings={"primary": "127.0.10.3"}),
])
def test_a_renewal(settled):
    settled.alnitak.configure(margin=1)
    versions = [leaf(settled.certbot.live(HOST))]
    with audited(settled) as client:
        settled.renew()
        versions.append(leaf(settled.certbot.live(HOST)))
        settled.run_until_finished()
    assert client.certificates == versions

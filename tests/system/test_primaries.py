# SPDX-License-Identifier: MIT
"""Whole renewals with every kind of primary, each before secondaries of every kind."""

import pytest

from lab import dnsquery
from lab.client import audited
from lab.nameservers import Nsd
from lab.nameservers_bind import (Bind, BindForwarder, BindInline, BindNsec3, BindSecondary,
                                  BindViews)
from lab.nameservers_knot import Knot, KnotNsec3, KnotPrimary
from lab.nameservers_powerdns import PowerDns, PowerDnsSecondary, PowerDnsSoaEdit
from lab.world import HOST, ZONE, leaf, owner

SECONDARIES = {"BIND": BindSecondary, "Knot": Knot, "NSD": Nsd, "PowerDNS": PowerDnsSecondary}


def scene(name, primary, secondaries=SECONDARIES, **options):
    return pytest.param(id=name, marks=[
        pytest.mark.world(primary=primary, secondaries=[*secondaries.values()],
                          zone_ttl=2, record_ttl=2, **options),
        pytest.mark.cell("renewal", name, *secondaries)])


@pytest.mark.parametrize("", [
    scene("Knot", KnotPrimary),
    scene("Knot, NSEC3", KnotNsec3),
    scene("PowerDNS", PowerDns),
    scene("PowerDNS, SOA-EDIT", PowerDnsSoaEdit),
    scene("BIND", Bind),
    scene("BIND, inline-signing", BindInline),
    scene("BIND, NSEC3", BindNsec3),
    scene("BIND, views", BindViews),
    scene("BIND, hidden", Bind, hidden=True, zone_settings={"primary": "127.0.10.2"}),
    scene("BIND, through its secondary", Bind, {**SECONDARIES, "BIND": BindForwarder},
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

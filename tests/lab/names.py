# SPDX-License-Identifier: MIT
"""The little world with TLSA owners under other names: aliases, cuts, wildcards.

    127.0.10.8   ns4.example2.test, the only server of example2.test, BIND, with
                 a key of its own; of zones cut out of example.test as well
"""

import time

import dns.rdatatype

from . import dnsquery
from .base import run, wait_until
from .client import DaneClient
from .nameservers import Key, Zone, delegate
from .nameservers_bind import Bind
from .world import HOST, SERVICE, ZONE, World, owner

ZONE2 = "example2.test."
NS4 = "127.0.10.8"


class AliasClient(DaneClient):
    """Its caches hold every alias for as long as they may, and it asks at each
    name that one of them still leads to."""

    def __init__(self, *args, **more):
        super().__init__(*args, **more)
        self.ends = {}              # name -> when the last cache drops the way there

    def look_up(self):
        answer = dnsquery.ask(self.resolver, self.owner, "TLSA", recurse=True)
        name, until = answer.question[0].name, time.monotonic()
        for _ in answer.answer:
            link = next((found for found in answer.answer
                         if (found.name, found.rdtype) == (name, dns.rdatatype.CNAME)), None)
            if link:
                name, until = link[0].target, until + link.ttl
        self.ends[name] = max(until, self.ends.get(name, 0))
        now = time.monotonic()
        self.ends = {end: gone for end, gone in self.ends.items() if gone > now or end == name}
        for end in self.ends:
            self.look_up_at(end, now)
        return self.look_up_at(name, now)

    def look_up_at(self, name, now):
        plain, self.owner = self.owner, name
        try:
            return super().look_up()
        finally:
            self.owner = plain


class Zone2(Zone):
    """On ns4; BIND wants no underscore in the SOA's mail address."""

    def text(self):
        return super().text().replace(" hostmaster ", f" hostmaster.{ZONE2} ")


class NamesWorld(World):
    """RECORDS and RECORDS2 are more of example.test and of example2.test;
    ENDS says where the records of a host belong: {host: (owner, zone)}; CUTS
    are zones below example.test that ns4 serves with the key of example2; BARE
    are hosts that have no address of their own."""

    def __init__(self, hosts=(HOST,), records="", records2="", ends=None, cuts=(), bare=(),
                 **more):
        self.records, self.records2 = records, records2
        self.ends, self.cuts, self.bare = dict(ends or {}), list(cuts), bare
        self.admin, self.key2 = Key("admin.example.test"), Key("alnitak.example2.test")
        super().__init__(hosts, **more)
        self.key2_file = self.key2.write(self.base / "example2.key")

    def build_dns(self, zone_ttl, *kinds):
        super().build_dns(zone_ttl, *kinds)
        example, = self.primary.zones
        example.grant += [f"{self.admin.name} zonesub ANY", *(f"{key.name} zonesub TLSA"
                                                             for key in example.keys)]
        example.keys += (self.admin,)
        for host in self.bare:
            example.records = example.records.replace(f"{host}. A {SERVICE}", "")
        example.records += "\n" + self.records
        example.records += "".join(f"\n{cut} NS ns4.{ZONE2}" for cut in self.cuts)
        self.root.zones[1].records += f"\n{ZONE2} NS ns4.{ZONE2}\nns4.{ZONE2} A {NS4}"
        apex = f"ns4.{ZONE2} A {NS4}\n{self.records2}"
        self.second = Bind("ns4", NS4, self.base, [
            Zone2(name, f"{name} NS ns4.{ZONE2}\n{apex if name == ZONE2 else ''}",
                  soa_ttl=zone_ttl, minimum=zone_ttl, primary=f"ns4.{ZONE2}",
                  keys=(self.key2,), grant=[f"{self.key2.name} zonesub ANY"])
            for name in (ZONE2, *self.cuts)])

    @property
    def servers(self):
        return [*super().servers, self.second]

    def start(self):
        self.second.start()
        super().start()
        delegate(self.root.address, ZONE2, NS4)
        for cut in self.cuts:
            digest = dnsquery.ds_of(NS4, cut).to_text()
            self.edit(f"update add {cut} 5 DS {digest}")
        for zone in (ZONE2, *self.cuts):
            wait_until(lambda zone=zone: self.resolver.secure(zone, "SOA"),
                       f"a chain of trust to {zone}")
        return self

    def edit(self, *lines, zone=ZONE, follow=True):
        """What the operator of ZONE does by hand."""
        second = zone != ZONE
        key = self.key2 if second else self.admin
        path = key.write(self.base / "edit.key")
        server = NS4 if second else self.primary.address
        script = "\n".join([f"server {server}", f"zone {zone}", *lines, "send\n"])
        (self.base / "edit").write_text(script)
        run("nsupdate", "-k", path, self.base / "edit")
        if follow and not second:
            wait_until(self.in_step, "the secondaries to follow")

    def end(self, host=HOST):
        """(owner, zone) of the records for HOST."""
        return self.ends.get(host, (owner(host, self.port(host)), ZONE))

    def tlsa(self, host=HOST):
        name, zone = self.end(host)
        servers = self.addresses() if zone == ZONE else [NS4]
        return {server: dnsquery.records(server, name, "TLSA") for server in servers}

    def publish_live(self):
        for host in self.hosts:
            name, zone = self.end(host)
            self.edit(f"update add {name} 5 TLSA {self.live_record(host)}", zone=zone)
            wait_until(lambda host=host: self.all_serve(self.live_record(host), host=host),
                       f"the record of {host} everywhere")

    def dane_client(self, host=HOST, **more):
        return AliasClient(host, SERVICE, self.resolver.address, self.port(host), **more)

# SPDX-License-Identifier: MIT
"""Knot, as a primary that signs and as a secondary."""

import re

from . import dnsquery
from .base import run
from .nameservers import NameServer


def hides_reasons():
    """From 3.4 on Knot answers a key that is unknown or may not do this as it does for
    a zone that it has not, and updates of a frozen zone not before it is thawed."""
    version = run("/usr/sbin/knotd", "--version").stdout
    return tuple(map(int, re.findall(r"\d+", version)[:2])) >= (3, 4)


class KnotServer(NameServer):
    """What every knotd here has; a subclass gives the sections."""

    def sections(self):
        raise NotImplementedError

    def configure(self):
        (self.dir / "db").mkdir(exist_ok=True)
        (self.dir / "knot.conf").write_text(f"""
server:
    rundir: {self.dir}
    listen: [ {", ".join(f"{address}@53" for address in self.addresses)} ]
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
database:
    storage: {self.dir}/db
log:
  - target: stderr
    any: info
{self.sections()}""")

    def command(self):
        return ["/usr/sbin/knotd", "-c", self.dir / "knot.conf",
                "-s", self.dir / "socket"]

    def control(self, *words):
        return run("/usr/sbin/knotc", "-s", self.dir / "socket", *words)

    def freeze(self):
        for zone in self.zone_names():
            self.control("-b", "zone-freeze", zone)

    def thaw(self):
        for zone in self.zone_names():
            self.control("-b", "zone-thaw", zone)


class Knot(KnotServer):
    """A secondary that can be frozen on what it has."""

    policy = template = ""

    def __init__(self, name, addresses, base, zones, primary):
        super().__init__(name, addresses, base)
        self.zones, self.primary = list(zones), primary

    def zone_names(self):
        return self.zones

    def sections(self):
        zones = "".join(f"""  - domain: {zone}
    master: primary
    acl: notified
""" for zone in self.zones)
        return f"""remote:
  - id: primary
    address: {self.primary}
    via: {self.address}
acl:
  - id: notified
    address: {self.primary}
    action: notify
{self.policy}
template:
  - id: default
    storage: {self.dir}
    zonefile-sync: -1
    zonefile-load: none
    journal-content: all
{self.template}
zone:
{zones}"""

    def thaw(self):
        super().thaw()
        for zone in self.zones:
            self.control("zone-refresh", zone)


class KnotSigner(Knot):
    """Signs what it transfers."""

    policy = """policy:
  - id: lab
    algorithm: ecdsap256sha256
    single-type-signing: on
    dnskey-ttl: 5
"""
    template = "    dnssec-signing: on\n    dnssec-policy: lab"


class KnotPrimary(KnotServer):
    """Signs by itself; its ACL lets a key change one type at one owner."""

    nsec3 = "off"

    def __init__(self, name, addresses, base, zones, notify=()):
        super().__init__(name, addresses, base)
        self.zones, self.notify = list(zones), list(notify)

    def zone_names(self):
        return [zone.name for zone in self.zones]

    def ready(self):
        return super().ready() and all(dnsquery.records(self.address, zone.name, "DNSKEY")
                                       for zone in self.zones if zone.signed)

    def sections(self):
        keys = {key.name: key for zone in self.zones for key in zone.keys}
        return f"""key:
{"".join(self.key_item(key) for key in keys.values())}
remote:
{"".join(f"  - id: {to}{chr(10)}    address: {to}{chr(10)}    via: {self.address}{chr(10)}"
         for to in self.notify)}
acl:
  - id: transfer
    address: 127.0.0.0/8
    action: transfer
{"".join(self.acl_items(zone) for zone in self.zones)}
policy:
  - id: lab
    algorithm: ecdsap256sha256
    single-type-signing: on
    dnskey-ttl: 5
    nsec3: {self.nsec3}
template:
  - id: default
    storage: {self.dir}
    zonefile-sync: -1
    zonefile-load: difference-no-serial
    journal-content: all
    dnssec-signing: on
    dnssec-policy: lab
    {f"notify: [ {', '.join(self.notify)} ]" if self.notify else ""}
zone:
{"".join(self.zone_item(zone) for zone in self.zones)}"""

    def key_item(self, key):
        return (f"  - id: {key.name}\n    algorithm: {key.algorithm}\n"
                f"    secret: {key.secret}\n")

    def rules(self, zone):
        """The ACL of the zone's rules: (id, text). "KEY name OWNER TYPE" is
        narrow, "KEY zonesub ANY" is not."""
        for number, rule in enumerate(zone.grant):
            key, kind, *words = rule.split()
            text = f"    key: {key}\n    action: update\n"
            if kind == "name":
                text += ("    update-owner: name\n    update-owner-match: equal\n"
                         f"    update-owner-name: [ {words[0]} ]\n"
                         f"    update-type: [ {words[1]} ]\n")
            yield f"{zone.name}{number}", text

    def acl_items(self, zone):
        return "".join(f"  - id: {rule}\n{text}" for rule, text in self.rules(zone))

    def zone_item(self, zone):
        path = self.dir / f"{zone.name}zone"
        if not path.exists():
            path.write_text(zone.text())
        rules = [rule for rule, _ in self.rules(zone)]
        return (f"  - domain: {zone.name}\n    file: {path}\n"
                f"    acl: [ {', '.join([*rules, 'transfer'])} ]\n"
                f"    dnssec-signing: {'on' if zone.signed else 'off'}\n")


class KnotNsec3(KnotPrimary):
    nsec3 = "on"


class KnotOnline(KnotPrimary):
    """Signs what it is about to answer: what a wildcard gives as if it were the name's."""

    def sections(self):
        text = super().sections().replace(
            "    dnssec-signing: on\n    dnssec-policy: lab\n", "    module: mod-onlinesign/lab\n")
        text = text.replace("    dnssec-signing: on\n", "")
        return text.replace("template:\n", "mod-onlinesign:\n  - id: lab\n    policy: lab\ntemplate:\n")

# SPDX-License-Identifier: MIT
"""PowerDNS with its SQLite backend, as a primary that signs and as a secondary."""

import sqlite3
from pathlib import Path

from . import dnsquery
from .base import run
from .nameservers import NameServer

SCHEMA = Path("/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql")


class PowerDnsServer(NameServer):
    """What every pdns_server here has; a subclass gives settings and zones."""

    settings = {}

    def configure(self):
        self.database = self.dir / "pdns.sqlite3"
        settings = {
            "config-dir": self.dir, "socket-dir": self.dir, "daemon": "no",
            "guardian": "no", "launch": "gsqlite3", "setuid": "", "setgid": "",
            "gsqlite3-database": self.database, "gsqlite3-dnssec": "yes",
            "gsqlite3-pragma-synchronous": 0, "security-poll-suffix": "",
            "local-address": ", ".join(self.addresses), "query-local-address": self.address,
            "allow-axfr-ips": "127.0.0.0/8", "xfr-cycle-interval": 1,
            "log-dns-details": "yes", "loglevel": 5, **self.settings}
        (self.dir / "pdns.conf").write_text(
            "".join(f"{name}={setting}\n" for name, setting in settings.items()))
        if not self.database.exists():
            with sqlite3.connect(self.database) as database:
                database.executescript(SCHEMA.read_text())
            database.close()
            self.create_zones()

    def create_zones(self):
        raise NotImplementedError

    def util(self, *words):
        return run("/usr/bin/pdnsutil", f"--config-dir={self.dir}", *words)

    def command(self):
        return ["/usr/sbin/pdns_server", f"--config-dir={self.dir}"]


class PowerDns(PowerDnsServer):
    """A primary that takes updates. The rules of a zone name only its keys: a
    key may change all of the zone."""

    metadata = {"SOA-EDIT-DNSUPDATE": ["INCREASE"]}

    def __init__(self, name, addresses, base, zones, notify=()):
        super().__init__(name, addresses, base)
        self.zones = list(zones)
        self.settings = {"primary": "yes", "dnsupdate": "yes", **self.settings,
                         "only-notify": "", "also-notify": ",".join(notify)}

    def zone_names(self):
        return [zone.name for zone in self.zones]

    def ready(self):
        return super().ready() and all(dnsquery.records(self.address, zone.name, "DNSKEY")
                                       for zone in self.zones if zone.signed)

    def create_zones(self):
        keys = {key.name: key for zone in self.zones for key in zone.keys}
        for key in keys.values():
            self.util("import-tsig-key", key.name, key.algorithm, key.secret)
        for zone in self.zones:
            self.create_zone(zone)

    def create_zone(self, zone):
        path = self.dir / f"{zone.name}zone"
        path.write_text(zone.text())
        self.util("load-zone", zone.name, path)
        self.util("set-kind", zone.name, "primary")
        allowed = sorted({rule.split()[0] for rule in zone.grant})
        for kind, values in {**self.metadata, "NOTIFY-DNSUPDATE": ["1"],
                             "TSIG-ALLOW-DNSUPDATE": allowed}.items():
            self.util("set-meta", zone.name, kind, *values)
        if zone.signed:
            self.util("add-zone-key", zone.name, "ksk", "active", "ecdsa256")
        self.util("rectify-zone", zone.name)


class PowerDnsSoaEdit(PowerDns):
    """The serial that it shows is not the one that it keeps."""

    metadata = {"SOA-EDIT-DNSUPDATE": ["SOA-EDIT-INCREASE"],
                "SOA-EDIT": ["INCEPTION-INCREMENT"]}


class PowerDnsNarrow(PowerDns):
    """Makes the proof of what is not there for each question (NSEC3, white lies)."""

    def create_zone(self, zone):
        super().create_zone(zone)
        self.util("set-nsec3", zone.name, "1 0 0 -", "narrow")
        self.util("rectify-zone", zone.name)


class PowerDnsSecondary(PowerDnsServer):

    def __init__(self, name, addresses, base, zones, primary):
        super().__init__(name, addresses, base)
        self.zones, self.primary = list(zones), primary
        self.settings = {"secondary": "yes"}

    def zone_names(self):
        return self.zones

    def create_zones(self):
        for zone in self.zones:
            self.util("create-secondary-zone", zone, self.primary)


class PowerDnsSigner(PowerDnsSecondary):
    """Signs what it transfers."""

    def create_zones(self):
        super().create_zones()
        for zone in self.zones:
            self.util("add-zone-key", zone, "ksk", "active", "ecdsa256")

# SPDX-License-Identifier: MIT
"""A hosting provider: many lineages, in many zones, on the same name servers.

    127.0.10.1   the root and test., BIND
    127.0.10.2   ns0.dns.test, the primary of all zones, BIND
    127.0.10.3   ns1.dns.test, a secondary, NSD
    127.0.10.4   ns2.dns.test, a secondary, Knot
    127.0.10.5   the validating resolver, unbound

With more than three servers, or two addresses each, they are 127.0.10.11 and on: the
even ones of NSD, the odd ones of Knot. With `delay_ms` each answers behind a proxy
there, and stands on 127.0.11.11 and on.
"""

import os
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from lab import dnsquery                                            # noqa: E402
from lab.base import ROOT, run, wait_until                          # noqa: E402
from lab.lineage import PARTS                                       # noqa: E402
from lab.nameservers import Key, Nsd, Unbound, Zone                 # noqa: E402
from lab.nameservers_bind import Bind                               # noqa: E402
from lab.nameservers_knot import Knot                               # noqa: E402
from lab.program import BINARY, block                               # noqa: E402
from lab.proxy import Proxy                                         # noqa: E402
from lab.world import record                                        # noqa: E402

NAMES = "dns.test."
TTL = 1             # of the records: what is measured is no wait
MANY = 50           # changes in a message to the zone above


class Quick(Nsd):
    """Has done with a zone's notices before the next is there."""

    options = "rrl-ratelimit: 0\n    tcp-count: 200"


class Primary(Bind):
    """Of many zones."""

    options = "tcp-clients 1000; transfers-out 200; serial-query-rate 1000;"


class Certificates:
    """Version 1, 2, ... of the one certificate that everybody has here."""

    def __init__(self, base):
        self.base = base
        self.base.mkdir(parents=True)

    def make(self, version):
        cert, key = (self.base / f"{part}{version}.pem" for part in ("cert", "privkey"))
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
            "ec_paramgen_curve:prime256v1", "-nodes", "-days", "90", "-subj", "/CN=host.test",
            "-keyout", key, "-out", cert)
        key.chmod(0o600)
        for part in ("chain", "fullchain"):
            (self.base / f"{part}{version}.pem").write_text(
                cert.read_text() * (1 + (part == "fullchain")))

    def give(self, archive, version):
        """The same file many times, not copies: inodes are not what is measured."""
        for part in PARTS:
            os.link(self.base / f"{part}{version}.pem", archive / f"{part}{version}.pem")


class Provider:
    """OWNERS names in ZONES zones, signed or not."""

    def __init__(self, owners, zones=1, signed=True, servers=3, addresses=1, delay_ms=0):
        self.owners, self.signed = owners, signed
        self.zones = [f"c{number}.test." for number in range(zones)]
        self.hosts = [f"h{number}.{self.zones[number % zones].rstrip('.')}"
                      for number in range(owners)]
        self.base = ROOT / "provider"
        shutil.rmtree(self.base, ignore_errors=True)
        self.base.mkdir(parents=True)
        self.key = Key()
        self.key_file = self.key.write(self.base / "alnitak.key")
        self.fronts, self.backs = layout(servers, addresses, delay_ms)
        self.proxies = [Proxy(front, back, delay_ms)
                        for front, back in zip(sum(self.fronts, []), sum(self.backs, []))
                        if delay_ms]
        self.build_dns()
        self.certificates = Certificates(self.base / "etc/letsencrypt/all")
        self.certificates.make(1)
        self.certificates.make(2)
        self.conf = self.base / "alnitak.conf"

    # ---- name servers

    def build_dns(self):
        names = [f"ns{number}.{NAMES}" for number in range(len(self.fronts))]
        glue = "\n".join(f"{name} A {address}" for name, front in zip(names, self.fronts)
                         for address in front)
        above = "\n".join(f"{zone} NS {name}" for zone in (NAMES, *self.zones)
                          for name in names)

        def zone(name, more="", **settings):
            own = "\n".join(f"{name} NS {server}" for server in names)
            return Zone(name, f"{own}\n{more}", primary=names[0], signed=self.signed,
                        soa_ttl=3600, minimum=TTL, **settings)
        self.root = Bind("root", "127.0.10.1", self.base, [
            Zone(".", ". NS ns.test.\ntest. NS ns.test.\nns.test. A 127.0.10.1",
                 primary="ns.test."),
            Zone("test.", f"test. NS ns.test.\nns.test. A 127.0.10.1\n{above}\n{glue}",
                 primary="ns.test.", soa_ttl=3600)])
        hosts = {name: [] for name in self.zones}
        for host in self.hosts:
            hosts[host.split(".", 1)[1] + "."].append(f"{host}. A 192.0.2.25")
        served = [zone(NAMES, glue)] + [
            zone(name, "\n".join(hosts[name]), keys=(self.key,),
                 grant=(f"{self.key.name} zonesub TLSA",)) for name in self.zones]
        chief, *others = self.backs
        copies = [NAMES, *self.zones]
        kinds = [kind for kind, some in ((Quick, others[::2]), (Knot, others[1::2])) if some]
        each = [sum(some, []) for some in (others[::2], others[1::2])]
        self.primary = Primary("primary", chief, self.base, served,
                               notify=[addresses[0] for addresses in each if addresses])
        self.secondaries = [kind(kind.__name__.lower(), addresses, self.base, copies, chief[0])
                            for kind, addresses in zip(kinds, each)]
        self.resolver = Unbound("resolver", "127.0.10.5", self.base, self.root.address)

    @property
    def servers(self):
        return [self.root, self.primary, *self.secondaries, self.resolver]

    def start(self):
        for proxy in self.proxies:
            proxy.start()
        self.root.launch()
        self.primary.launch().wait_ready(300)
        for server in self.secondaries:
            server.launch()
        self.root.wait_ready()
        self.delegate()
        for server in (*self.secondaries, self.resolver.launch()):
            server.wait_ready(300)
        wait_until(self.in_step, "the secondaries to follow", 300, every=0.5)
        return self

    def stop(self):
        for one in (*reversed(self.servers), *self.proxies):
            one.stop()

    def delegate(self):
        """The chain of trust, in as few messages as there can be."""
        self.delegate_all(".", ["test."], self.root.address)
        if self.signed:
            self.delegate_all("test.", [NAMES, *self.zones], self.primary.address)

    def delegate_all(self, above, zones, child):
        for first in range(0, len(zones), MANY):
            dnsquery.update(self.root.address, above, *(
                ("replace", zone, 3600, "DS", dnsquery.ds_of(child, zone).to_text())
                for zone in zones[first:first + MANY]))

    def in_step(self):
        """The primary's last word is everywhere: of the first zone and the last."""
        return all(len({dnsquery.serial(address, zone) for address in self.addresses()}) == 1
                   for zone in {self.zones[0], self.zones[-1]})

    def addresses(self):
        """Of each server one, past the proxies."""
        return [addresses[0] for addresses in self.backs]

    @property
    def primary_address(self):
        """Where clients send updates."""
        return self.fronts[0][0]

    # ---- lineages

    def issue_all(self):
        for host in self.hosts:
            archive, live = self.letsencrypt("archive", host), self.letsencrypt("live", host)
            archive.mkdir(parents=True)
            live.mkdir(parents=True)
            self.certificates.give(archive, 1)
            self.point(host, 1)

    def letsencrypt(self, what, host):
        return self.base / "etc/letsencrypt" / what / host

    def point(self, host, version):
        for part in PARTS:
            link = self.letsencrypt("live", host) / f"{part}.pem"
            link.unlink(missing_ok=True)
            link.symlink_to(f"../../archive/{host}/{part}{version}.pem")

    def renew(self, hosts):
        """As certbot does, to version 2."""
        for host in hosts:
            self.certificates.give(self.letsencrypt("archive", host), 2)
            self.point(host, 2)

    def owner(self, host):
        return f"_25._tcp.{host}."

    def record(self, version):
        """Everybody's record, as text."""
        return record(self.certificates.base / f"cert{version}.pem")

    # ---- alnitak

    def configure(self, **settings):
        """No service is asked, for none is measured."""
        targets = {f"target {host}": {"tlsa": ["311 25"], "probe": "off", "linger": 0,
                                      "reload": "true"} for host in self.hosts}
        self.conf.write_text(block({
            "letsencrypt_directory": self.base / "etc/letsencrypt",
            "dane_directory": self.base / "etc/alnitak/dane",
            "state_directory": self.base / "var/lib/alnitak",
            "resolver": ["127.0.10.5"], "record_ttl": TTL, "ttl_factor": 1, "margin": 0,
            "dnssec": "require" if self.signed else "off", "files": list(PARTS),
            "key": self.key_file, **settings, **targets}) + "\n")
        (self.base / "etc/alnitak").mkdir(exist_ok=True)
        (self.base / "var/lib").mkdir(parents=True, exist_ok=True)

    def command(self, *words):
        return [BINARY, "-c", self.conf, *words]

    def everywhere(self, host, *records):
        """Every server has just RECORDS at the owner of HOST."""
        return all(dnsquery.records(address, self.owner(host), "TLSA") == sorted(records)
                   for address in self.addresses())


def layout(servers, addresses, delay_ms):
    """(the addresses that clients know of each server, those where it is)"""
    if (servers, addresses, delay_ms) == (3, 1, 0):
        fronts = [["127.0.10.2"], ["127.0.10.3"], ["127.0.10.4"]]
        return fronts, fronts
    fronts = [[f"127.0.10.{11 + server * addresses + one}" for one in range(addresses)]
              for server in range(servers)]
    if not delay_ms:
        return fronts, fronts
    return fronts, [[address.replace(".10.", ".11.") for address in front] for front in fronts]

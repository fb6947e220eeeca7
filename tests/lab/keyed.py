# SPDX-License-Identifier: MIT
"""Primaries that cannot be asked as the servers of a delegation are: hidden ones with
an unsigned zone, which others sign, and one that chooses its view by the key.

    127.0.10.1   the root and test., BIND
    127.0.10.2   bind.test., unsigned, answers its key alone: BIND
    127.0.10.3   bind.test., signed by BIND
    127.0.10.4   knot.test., unsigned, refuses signed questions: Knot
    127.0.10.8   knot.test., signed by PowerDNS
    127.0.10.9   powerdns.test., unsigned: PowerDNS
    127.0.10.10  powerdns.test., signed by Knot
    127.0.10.11  split.test., in two views: BIND
    127.0.10.5   the validating resolver, unbound
    fd99::1      nobody: no route leads there
"""

import shutil

import dns.dnssec
import dns.flags
import dns.rdata

from . import dnsquery
from .base import ROOT, wait_until
from .lineage import Lineage
from .nameservers import Key, Unbound, Zone, delegate
from .nameservers_bind import Bind, BindKeyed, BindSigner, BindSplit
from .nameservers_knot import KnotPrimary, KnotSigner
from .nameservers_powerdns import PowerDns, PowerDnsSigner
from .program import Alnitak
from .world import owner, record

NOBODY = "fd99::1"
HIDDEN = {"bind": (BindKeyed, "127.0.10.2", BindSigner, "127.0.10.3"),
          "knot": (KnotPrimary, "127.0.10.4", PowerDnsSigner, "127.0.10.8"),
          "powerdns": (PowerDns, "127.0.10.9", KnotSigner, "127.0.10.10")}
SPLIT = "127.0.10.11"


class Keyed:

    def __init__(self):
        self.base = ROOT / "keyed"
        shutil.rmtree(self.base, ignore_errors=True)
        self.base.mkdir(parents=True)
        self.key = Key("alnitak.key.test")
        self.shown = {**{name: row[3] for name, row in HIDDEN.items()}, "split": SPLIT}
        zones = "\n".join(f"{name}.test. NS ns.{name}.test.\nns.{name}.test. A {address}"
                          for name, address in self.shown.items())
        self.root = Bind("root", "127.0.10.1", self.base, [
            Zone(".", ". NS ns.test.\ntest. NS ns.test.\nns.test. A 127.0.10.1",
                 primary="ns.test."),
            Zone("test.", f"test. NS ns.test.\nns.test. A 127.0.10.1\n{zones}",
                 primary="ns.test.")])
        self.primaries = {name: kind(name, address, self.base, [self.zone(name)],
                                     notify=[signer])
                          for name, (kind, address, _, signer) in HIDDEN.items()}
        self.primaries["split"] = BindSplit("split", SPLIT, self.base,
                                            [self.zone("split", signed=True)])
        self.signers = [kind(f"{name}-signer", address, self.base, [f"{name}.test."], primary)
                        for name, (_, primary, kind, address) in HIDDEN.items()]
        self.resolver = Unbound("resolver", "127.0.10.5", self.base, self.root.address)

    def zone(self, name, signed=False):
        return Zone(f"{name}.test.", f"@ NS ns\nns A {self.shown[name]}\nwww A 192.0.2.25",
                    primary="ns", minimum=1, soa_ttl=1, signed=signed, keys=(self.key,),
                    grant=[f"{self.key.name} zonesub ANY"])

    @property
    def servers(self):
        return [self.root, *self.primaries.values(), *self.signers, self.resolver]

    def start(self):
        for server in (self.root, *self.primaries.values()):
            server.launch()
        for server in (self.root, *self.primaries.values()):
            server.wait_ready()
        for server in self.signers:
            server.launch()
        delegate(self.root.address, "test.", self.root.address)
        for server in self.signers:
            server.wait_ready()
        for name, (*_, signer) in HIDDEN.items():
            wait_until(lambda: dnsquery.records(signer, f"{name}.test.", "DNSKEY"),
                       f"{name}.test to be signed")
            delegate(self.root.address, f"{name}.test.", signer)
        self.trust_split()
        self.resolver.start()
        for name in self.shown:
            wait_until(lambda: self.resolver.secure(f"{name}.test.", "SOA"),
                       f"trust in {name}.test")
        return self

    def trust_split(self):
        """Its key cannot be seen from here, so it comes from the disk."""
        def keys():
            return list(self.primaries["split"].dir.glob("Ksplit*.key"))
        wait_until(keys, "the key of split.test")
        text = keys()[0].read_text().split("DNSKEY")[1].split(";")[0].strip()
        ds = dns.dnssec.make_ds("split.test.", dns.rdata.from_text("IN", "DNSKEY", text),
                                "SHA256")
        dnsquery.update(self.root.address, "test.", ("add", "split.test.", 5, "DS",
                                                     ds.to_text()))

    def stop(self):
        for server in reversed(self.servers):
            server.stop()


class KeyedSite:
    """A host NAME in ZONE, its certificate, and alnitak for it."""

    def __init__(self, world, name, zone=None, **settings):
        zone = zone or name
        self.world, self.host = world, f"{name}.{zone}.test"
        self.owner = owner(self.host)
        self.base = world.base / f"site.{name}"
        self.base.mkdir()
        self.alnitak = Alnitak(self.base, **{
            "record_ttl": 1, "margin": 1,
            f"zone {zone}.test": {"key": world.key.write(self.base / "key"), **settings},
            f"target {self.host}": {"tlsa": ["311 443"], "reload": "true", "probe": "off"}})
        self.lineage = Lineage(self.base / "etc/letsencrypt", self.host).renew()
        self.alnitak.configure().run("init")

    def world_sees(self):
        reply = dnsquery.ask(self.world.resolver.address, self.owner, "TLSA", recurse=True)
        found = dnsquery.rrset(reply) or ()
        return bool(reply.flags & dns.flags.AD), [one.to_text(chunksize=0) for one in found]

    def settle(self):
        """Run until done; what the world then sees is what the service presents."""
        def done():
            self.alnitak.run("run")
            stands, = self.alnitak.status()
            return stands["step"] == "at rest"
        wait_until(done, "the rollover", 60, every=0.5)
        wait_until(lambda: self.world_sees() == (True, [record(self.lineage.path("cert"))]),
                   "the world to see it", 10)

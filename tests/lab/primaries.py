# SPDX-License-Identifier: MIT
"""Primaries only: BIND, Knot and PowerDNS, each with a zone, and servers that have
BIND's zone and cannot change it.

    127.0.10.1   the root and test., BIND
    127.0.10.2   bind.test.
    127.0.10.3   knot.test.
    127.0.10.4   powerdns.test.
    127.0.10.5   the validating resolver, unbound
    127.0.10.8   secondaries of bind.test.: NSD,
    127.0.10.9   BIND,
    127.0.10.10  Knot,
    127.0.10.11  PowerDNS

There is neither ACME server nor service: certificates are made by hand.
"""

import shutil

import dns.query
import dns.rcode
import dns.tsigkeyring
import dns.update

from . import dnsquery
from .base import ROOT, wait_until
from .lineage import Lineage
from .nameservers import Key, Nsd, Unbound, Zone, delegate
from .nameservers_bind import Bind, BindFreezable, BindSecondary
from .nameservers_knot import Knot, KnotPrimary
from .nameservers_powerdns import PowerDns, PowerDnsSecondary
from .program import Alnitak
from .world import owner, record

ALGORITHMS = ["hmac-sha1", "hmac-sha224", "hmac-sha256", "hmac-sha384", "hmac-sha512"]
TITLES = {"bind": "BIND", "knot": "Knot", "nsd": "NSD", "powerdns": "PowerDNS"}
PRIMARIES = {"bind": (BindFreezable, "127.0.10.2"), "knot": (KnotPrimary, "127.0.10.3"),
             "powerdns": (PowerDns, "127.0.10.4")}
SECONDARIES = {"nsd": (Nsd, "127.0.10.8"), "bind": (BindSecondary, "127.0.10.9"),
               "knot": (Knot, "127.0.10.10"), "powerdns": (PowerDnsSecondary, "127.0.10.11")}


class Primaries:
    """A key for each algorithm may change one owner of each zone, the TLSA records
    of ALGORITHM.ZONE (in PowerDNS all), `stranger` none, `editor` everything."""

    def __init__(self):
        self.base = ROOT / "primaries"
        shutil.rmtree(self.base, ignore_errors=True)
        self.base.mkdir(parents=True)
        self.keys = {algorithm: Key(f"{algorithm}.key.test", algorithm)
                     for algorithm in ALGORITHMS}
        self.stranger, self.editor = Key("stranger.key.test"), Key("editor.key.test")
        zones = "\n".join(f"{name}.test. NS ns.{name}.test.\nns.{name}.test. A {address}"
                          for name, (_, address) in PRIMARIES.items())
        self.root = Bind("root", "127.0.10.1", self.base, [
            Zone(".", ". NS ns.test.\ntest. NS ns.test.\nns.test. A 127.0.10.1",
                 primary="ns.test."),
            Zone("test.", f"test. NS ns.test.\nns.test. A 127.0.10.1\n{zones}",
                 primary="ns.test.")])
        followers = [address for _, address in SECONDARIES.values()]
        self.primaries = {
            name: kind(name, address, self.base, [self.zone(name, address)],
                       notify=followers if name == "bind" else ())
            for name, (kind, address) in PRIMARIES.items()}
        self.secondaries = {
            name: kind(f"{name}2", address, self.base, ["bind.test."],
                       self.primaries["bind"].address)
            for name, (kind, address) in SECONDARIES.items()}
        self.resolver = Unbound("resolver", "127.0.10.5", self.base, self.root.address)

    def zone(self, name, address):
        grant = [f"{key.name} name {owner(f'{algorithm}.{name}.test')} TLSA"
                 for algorithm, key in self.keys.items()]
        return Zone(f"{name}.test.", f"@ NS ns\nns A {address}", primary="ns",
                    minimum=1, soa_ttl=1, grant=[*grant, f"{self.editor.name} zonesub ANY"],
                    keys=(*self.keys.values(), self.stranger, self.editor))

    @property
    def servers(self):
        return [self.root, *self.primaries.values(), *self.secondaries.values(),
                self.resolver]

    def start(self):
        for server in (self.root, *self.primaries.values()):
            server.launch()
        for server in (self.root, *self.primaries.values()):
            server.wait_ready()
        for server in self.secondaries.values():
            server.launch()
        delegate(self.root.address, "test.", self.root.address)
        for name, server in self.primaries.items():
            delegate(self.root.address, f"{name}.test.", server.address)
        self.resolver.start()
        for server in self.secondaries.values():
            server.wait_ready()
        for name in self.primaries:
            wait_until(lambda: self.resolver.secure(f"{name}.test.", "SOA"),
                       f"trust in {name}.test")
        return self

    def stop(self):
        for server in reversed(self.servers):
            server.stop()


class Site:
    """A host in the zone of the primary NAME, its certificate, and alnitak for it."""

    def __init__(self, world, name, algorithm="hmac-sha256", form=Key.text):
        self.world, self.name, self.server = world, name, world.primaries[name]
        self.key = world.keys[algorithm]
        self.zone, self.host = f"{name}.test", f"{algorithm}.{name}.test"
        self.owner = owner(self.host)
        self.base = world.base / f"site.{self.host}"
        shutil.rmtree(self.base, ignore_errors=True)
        self.base.mkdir()
        self.edit(("delete", self.owner))
        self.alnitak = Alnitak(self.base, **{
            "record_ttl": 1, "margin": 1,
            f"zone {self.zone}": {"key": self.key.write(self.base / "key", form)},
            f"target {self.host}": {"tlsa": ["311 443"], "reload": "true", "probe": "off"}})
        self.lineage = Lineage(self.base / "etc/letsencrypt", self.host).renew()
        self.alnitak.configure().run("init")

    @property
    def settings(self):
        """What the configuration says of the zone."""
        return self.alnitak.settings[f"zone {self.zone}"]

    def record(self, version=None):
        return record(self.lineage.path("cert", version))

    def served(self, owner=None):
        return dnsquery.records(self.server.address, owner or self.owner, "TLSA")

    def serves(self, *records):
        return self.served() == sorted(records)

    def renew(self):
        """What certbot does up to the deploy hook."""
        self.alnitak.run("pre")
        self.lineage.renew()

    def edit(self, *changes):
        """Change the zone as its administrator would; a change is (verb, *words)."""
        key = self.world.editor
        message = dns.update.Update(self.zone, keyring=dns.tsigkeyring.from_text(
            {key.name: (key.algorithm, key.secret)}))
        for verb, *words in changes:
            getattr(message, verb)(*words)
        reply = dns.query.tcp(message, self.server.address, timeout=5)
        assert reply.rcode() == dns.rcode.NOERROR, dns.rcode.to_text(reply.rcode())

# SPDX-License-Identifier: MIT
"""The little world with both families of addresses, and servers that are awkward.

    127.0.10.2  fd53::2   ns1, BIND: small UDP answers, and it limits their rate
    127.0.10.3  fd53::3   ns2, NSD, which answers each query with TC under load
                fd53::4   ns3, Knot, delegated to by its IPv6 address alone
    127.0.10.5  fd53::5   the resolver, asked by alnitak over IPv6
    127.0.10.7  fd53::7   the service
"""

from . import dnsquery
from .base import run, wait_until
from .client import DaneClient, fingerprint, handshake
from .nameservers import Nsd
from .nameservers_bind import Bind
from .web import Nginx
from .world import HOST, ZONE, World, owner

SIX = "six.example.test"         # another name of the service, if the test makes it
SIX_SERVICE, SIX_RESOLVER, SIX_PRIMARY = "fd53::7", "fd53::5", "fd53::2"


class AwkwardBind(Bind):
    options = "max-udp-size 512; rate-limit { responses-per-second 2; slip 1; };"


class AwkwardNsd(Nsd):
    options = "rrl-ratelimit: 2\n    rrl-slip: 1"


class DualWorld(World):
    """Its administrator, unlike alnitak, may change everything in the zone."""

    services = ["127.0.10.7", SIX_SERVICE]

    def __init__(self):
        for last in (1, 2, 3, 4, 5, 7):
            run("ip", "-6", "addr", "replace", f"fd53::{last}/128", "dev", "lo", "nodad")
        super().__init__(primary=AwkwardBind)
        self.nsd.options = AwkwardNsd.options
        self.resolver.also = [SIX_RESOLVER]
        self.admin_key = self.other_key.write(self.base / "admin.key")
        self.certbot.address = SIX_SERVICE
        self.nginx.services = [(HOST, self.services[0], 443)]
        self.nginx6 = Nginx("nginx6", self.base, self.alnitak.dane, [(HOST, SIX_SERVICE, 443)])
        self.standby = [f"3 1 1 {number:064x}" for number in range(9)]
        self.reload_with(self.nginx, self.nginx6)

    @property
    def servers(self):
        return [*super().servers, self.nginx6]

    def reload_with(self, *servers):
        self.alnitak.settings[f"target {HOST}"]["reload"] = "; ".join(
            server.reload_command() for server in servers)
        self.alnitak.configure()

    def tlsa(self, host=HOST):
        """Without the records that make each set a large one."""
        return {address: [found for found in records if found not in self.standby]
                for address, records in super().tlsa(host).items()}

    def layout(self, _delay_ms, _count):
        backs = {f"ns{n}": [f"127.0.10.{n + 1}", f"fd53::{n + 1}"] for n in (1, 2, 3)}
        return {**backs, "ns3": ["fd53::4"]}, backs

    def grants(self):
        return [*super().grants(), f"{self.key.name} name {owner(SIX)} TLSA",
                f"{self.other_key.name} zonesub ANY"]

    def settings(self):
        settings = super().settings()
        settings["zone example.test"]["primary"] = SIX_PRIMARY
        return {**settings, "resolver": [SIX_RESOLVER]}

    def dane_client(self, host=HOST, address=SIX_SERVICE, **more):
        return DaneClient(host, address, self.resolver.address, self.port(host), **more)

    def presented(self, host=HOST):
        """One fingerprint where all addresses agree."""
        seen = {fingerprint(handshake(address, self.port(host), host))
                for address in self.services}
        return seen.pop() if len(seen) == 1 else seen

    def admin(self, *lines):
        """Change the zone as its administrator."""
        script = "\n".join([f"server {self.primary.address}", f"zone {ZONE}", *lines, "send\n"])
        (self.base / "admin").write_text(script)
        run("nsupdate", "-k", self.admin_key, self.base / "admin")

    def name_servers(self, *names, parent=None):
        """The NS sets of the zone and, where it differs, of its delegation."""
        self.admin(*[f"update delete {ZONE} NS {name}" for name in self.apex()
                     if name not in names],
                   *[f"update add {ZONE} 5 NS {name}" for name in names])
        dnsquery.update(self.root.address, "test.",
                        ("replace", ZONE, 5, "NS", *(parent or names)))
        wait_until(lambda: self.apex(self.resolver.address, recurse=True) ==
                   sorted(names), "the resolver to know the name servers", 30)
        wait_until(self.in_step, "the secondaries to follow")

    def apex(self, server=None, **more):
        return dnsquery.records(server or self.primary.address, ZONE, "NS", **more)

    def address(self, name, *addresses):
        """The addresses of NAME, in the zone and as glue."""
        for kind in ("A", "AAAA"):
            mine = [a for a in addresses if (":" in a) == (kind == "AAAA")]
            self.admin(f"update delete {name} {kind}",
                       *[f"update add {name} 5 {kind} {a}" for a in mine])
            dnsquery.update(self.root.address, "test.", ("delete", name, kind))
            if mine:
                dnsquery.update(self.root.address, "test.", ("add", name, 5, kind, *mine))
        wait_until(self.in_step, "the secondaries to follow")

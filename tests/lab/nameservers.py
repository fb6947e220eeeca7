# SPDX-License-Identifier: MIT
"""The DNS servers: what all have, NSD and unbound.

A primary is made of (name, addresses, base, zones, notify), a secondary of (name,
addresses, base, zone names, address of the primary). The others are in
nameservers_bind, nameservers_knot and nameservers_powerdns.
"""

import base64
import os
import signal
from dataclasses import dataclass, field
from pathlib import Path

from . import dnsquery
from .base import ROOT, Server, run, wait_until


def family(address):
    """The type of record that holds ADDRESS."""
    return "AAAA" if ":" in address else "A"


def skewed(seconds):
    """The environment of a server whose clock is SECONDS ahead."""
    library = ROOT / "skew.so"
    run("cc", "-shared", "-fPIC", "-o", library, Path(__file__).with_name("skew.c"))
    return {"LD_PRELOAD": str(library), "SKEW": str(seconds)}


@dataclass
class Key:
    """A TSIG key, and its file in any of the formats that are read."""
    name: str = "alnitak.example.test"
    algorithm: str = "hmac-sha256"
    secret: str = field(default_factory=lambda:
                        base64.b64encode(os.urandom(32)).decode())

    def text(self):
        return (f'key "{self.name}" {{\n\talgorithm {self.algorithm};\n'
                f'\tsecret "{self.secret}";\n}};\n')

    def knot(self):
        """As keymgr -t writes it."""
        return (f"# {self.line()}key:\n  - id: {self.name}\n"
                f"    algorithm: {self.algorithm}\n    secret: {self.secret}\n")

    def line(self):
        """As knsupdate and kdig take it."""
        return f"{self.algorithm}:{self.name}:{self.secret}\n"

    def ini(self):
        """As certbot's dns-rfc2136 plugin wants it."""
        return (f"dns_rfc2136_server = 192.0.2.53\ndns_rfc2136_name = {self.name}.\n"
                f"dns_rfc2136_secret = {self.secret}\n"
                f"dns_rfc2136_algorithm = {self.algorithm.upper()}\n")

    def write(self, path, form=text):
        path = Path(path)
        path.write_text(form(self))
        path.chmod(0o600)
        return path


@dataclass
class Zone:
    """A zone as a primary holds it; `grant` lists update-policy rules."""
    name: str
    records: str
    grant: tuple = ()
    keys: tuple = ()
    signed: bool = True
    minimum: int = 5
    soa_ttl: int = 5
    primary: str = "ns1"

    def text(self):
        return (f"$ORIGIN {self.name}\n$TTL {self.soa_ttl}\n"
                f"@ SOA {self.primary} hostmaster 1 3600 600 86400 {self.minimum}\n"
                f"{self.records}\n")


class NameServer(Server):
    """An authoritative server, on one or several addresses."""

    def __init__(self, name, addresses, base):
        addresses = [addresses] if isinstance(addresses, str) else list(addresses)
        super().__init__(name, addresses[0], base)
        self.addresses = addresses

    def zone_names(self):
        raise NotImplementedError

    def ready(self):
        return all(dnsquery.serial(self.address, zone, timeout=0.3)
                   for zone in self.zone_names())


class Nsd(NameServer):
    """A secondary."""

    options = "rrl-ratelimit: 0"

    def __init__(self, name, addresses, base, zones, primary):
        super().__init__(name, addresses, base)
        self.zones, self.primary = list(zones), primary

    def zone_names(self):
        return self.zones

    def configure(self):
        listen = "".join(f"    ip-address: {address}\n" for address in self.addresses)
        zones = "".join(f"""
zone:
    name: {zone}
    zonefile: ""
    allow-notify: {self.primary} NOKEY
    request-xfr: AXFR {self.primary} NOKEY
    outgoing-interface: {self.address}
""" for zone in self.zones)
        (self.dir / "nsd.conf").write_text(f"""
server:
{listen}    username: ""
    database: ""
    zonesdir: {self.dir}
    xfrdfile: {self.dir}/xfrd.state
    xfrdir: {self.dir}
    pidfile: {self.dir}/pid
    zonelistfile: {self.dir}/zone.list
    server-count: 1
    xfrd-reload-timeout: 0
    {self.options}
    verbosity: 1
remote-control:
    control-enable: no
{zones}""")

    def command(self):
        return [self.binary("/usr/sbin/nsd"), "-d", "-c", self.dir / "nsd.conf"]

    def freeze(self):
        """What transfers zones sleeps; another process answers on."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)


class Unbound(Server):
    """The validating resolver; ROOT is the root server's address."""

    def __init__(self, name, address, base, root, also=()):
        super().__init__(name, address, base)
        self.root, self.also = root, also

    def configure(self):
        keys = dnsquery.rrset(dnsquery.ask(self.root, ".", "DNSKEY"))
        (self.dir / "anchor").write_text(keys.to_text() + "\n")
        (self.dir / "hints").write_text(
            f". 3600 NS ns.test.\nns.test. 3600 A {self.root}\n")
        (self.dir / "unbound.conf").write_text(f"""
server:
    interface: {self.address}
    {" ".join(f"interface: {address}" for address in self.also)}
    access-control: ::/0 allow
    outgoing-interface: {self.address}
    {" ".join(f"outgoing-interface: {address}" for address in self.also)}
    access-control: 127.0.0.0/8 allow
    username: ""
    chroot: ""
    directory: "{self.dir}"
    pidfile: ""
    use-syslog: no
    logfile: ""
    do-daemonize: no
    do-ip6: {"yes" if self.also else "no"}
    do-not-query-localhost: no
    root-hints: "{self.dir}/hints"
    trust-anchor-file: "{self.dir}/anchor"
    trust-anchor-signaling: no
    local-zone: "test." nodefault
    infra-host-ttl: 5
    val-log-level: 2
remote-control:
    control-enable: no
""")

    def command(self):
        return [self.binary("/usr/sbin/unbound"), "-d", "-c", self.dir / "unbound.conf"]

    def ready(self):
        return self.secure(".", "SOA")

    def secure(self, name, rdtype):
        """True if the answer is validated."""
        answer = dnsquery.ask(self.address, name, rdtype, recurse=True)
        return bool(answer.flags & dnsquery.dns.flags.AD)


def delegate(parent, zone, child):
    """Complete the chain of trust: the DS of ZONE, as CHILD signs it, at PARENT."""
    digest = dnsquery.ds_of(child, zone)
    above = zone.split(".", 1)[1] or "."
    dnsquery.update(parent, above, ("replace", zone, 5, "DS", digest.to_text()))
    wait_until(lambda: dnsquery.records(parent, zone, "DS"), f"DS of {zone}")

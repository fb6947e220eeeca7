# SPDX-License-Identifier: MIT
"""The DNS servers: BIND, NSD, Knot, unbound."""

import base64
import os
from dataclasses import dataclass, field
from pathlib import Path

from . import dnsquery
from .base import ROOT, Server, run, wait_until


def skewed(seconds):
    """The environment of a server whose clock is SECONDS ahead."""
    library = ROOT / "skew.so"
    run("cc", "-shared", "-fPIC", "-o", library, Path(__file__).with_name("skew.c"))
    return {"LD_PRELOAD": str(library), "SKEW": str(seconds)}


@dataclass
class Key:
    """A TSIG key, and its file in the format of tsig-keygen."""
    name: str = "alnitak.example.test"
    algorithm: str = "hmac-sha256"
    secret: str = field(default_factory=lambda:
                        base64.b64encode(os.urandom(32)).decode())

    def text(self):
        return (f'key "{self.name}" {{\n\talgorithm {self.algorithm};\n'
                f'\tsecret "{self.secret}";\n}};\n')

    def write(self, path):
        path = Path(path)
        path.write_text(self.text())
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
        return all(dnsquery.serial(self.address, zone) for zone in self.zone_names())


class Bind(NameServer):
    """A primary that signs with dnssec-policy and takes dynamic updates."""

    def __init__(self, name, addresses, base, zones, notify=()):
        super().__init__(name, addresses, base)
        self.zones, self.notify = list(zones), list(notify)

    def zone_names(self):
        return [zone.name for zone in self.zones]

    def ready(self):
        return super().ready() and all(
            dnsquery.records(self.address, zone.name, "DNSKEY")
            for zone in self.zones if zone.signed)

    def configure(self):
        keys = {key.name: key for zone in self.zones for key in zone.keys}
        (self.dir / "named.conf").write_text(f"""
options {{
    directory "{self.dir}"; pid-file none; session-keyfile none;
    listen-on {{ {" ".join(f"{address};" for address in self.addresses)} }};
    listen-on-v6 {{ none; }};
    query-source address {self.address};
    notify-source {self.address}; transfer-source {self.address};
    recursion no; dnssec-validation no; empty-zones-enable no;
    notify explicit; notify-delay 0; notify-rate 1000; startup-notify-rate 1000;
    also-notify {{ {" ".join(f"{address};" for address in self.notify)} }};
    allow-transfer {{ 127.0.0.0/8; }};
}};
controls {{ }};
logging {{ category update-security {{ default_stderr; }}; }};
dnssec-policy lab {{
    keys {{ csk lifetime unlimited algorithm ecdsap256sha256; }};
    dnskey-ttl 5; publish-safety 0; retire-safety 0; zone-propagation-delay 0;
}};
{"".join(key.text() for key in keys.values())}
{"".join(self.zone_clause(zone) for zone in self.zones)}
{self.hints()}
""")

    def zone_clause(self, zone):
        path = self.dir / f"{zone.name.rstrip('.') or 'root'}.zone"
        if not path.exists():
            path.write_text(zone.text())
        rules = "; ".join(f"grant {rule}" for rule in zone.grant)
        access = f"update-policy {{ {rules}; }};" if rules else \
            "allow-update { 127.0.0.0/8; };"
        policy = "dnssec-policy lab;" if zone.signed else ""
        return (f'zone "{zone.name}" {{ type primary; file "{path}"; '
                f"{policy} {access} }};\n")

    def hints(self):
        """Keeps named from priming with the real root servers."""
        if "." in self.zone_names():
            return ""
        (self.dir / "hints").write_text(
            ". 3600 NS nowhere.test.\nnowhere.test. 3600 A 127.0.10.40\n")
        return f'zone "." {{ type hint; file "{self.dir}/hints"; }};'

    def command(self):
        return [self.binary("/usr/sbin/named"), "-g", "-n", "1",
                "-c", self.dir / "named.conf"]


class Nsd(NameServer):
    """A secondary."""

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
    rrl-ratelimit: 0
    verbosity: 1
remote-control:
    control-enable: no
{zones}""")

    def command(self):
        return [self.binary("/usr/sbin/nsd"), "-d", "-c", self.dir / "nsd.conf"]


class Knot(NameServer):
    """A secondary that can be frozen on what it has."""

    def __init__(self, name, addresses, base, zones, primary):
        super().__init__(name, addresses, base)
        self.zones, self.primary = list(zones), primary

    def zone_names(self):
        return self.zones

    def configure(self):
        zones = "".join(f"""  - domain: {zone}
    master: primary
    acl: notified
""" for zone in self.zones)
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
remote:
  - id: primary
    address: {self.primary}
    via: {self.address}
acl:
  - id: notified
    address: {self.primary}
    action: notify
template:
  - id: default
    storage: {self.dir}
    zonefile-sync: -1
    zonefile-load: none
    journal-content: all
zone:
{zones}""")

    def command(self):
        return ["/usr/sbin/knotd", "-c", self.dir / "knot.conf",
                "-s", self.dir / "socket"]

    def control(self, *words):
        return run("/usr/sbin/knotc", "-s", self.dir / "socket", *words)

    def freeze(self):
        for zone in self.zones:
            self.control("-b", "zone-freeze", zone)

    def thaw(self):
        for zone in self.zones:
            self.control("-b", "zone-thaw", zone)
            self.control("zone-refresh", zone)


class Unbound(Server):
    """The validating resolver; ROOT is the root server's address."""

    def __init__(self, name, address, base, root):
        super().__init__(name, address, base)
        self.root = root

    def configure(self):
        keys = dnsquery.rrset(dnsquery.ask(self.root, ".", "DNSKEY"))
        (self.dir / "anchor").write_text(keys.to_text() + "\n")
        (self.dir / "hints").write_text(
            f". 3600 NS ns.test.\nns.test. 3600 A {self.root}\n")
        (self.dir / "unbound.conf").write_text(f"""
server:
    interface: {self.address}
    outgoing-interface: {self.address}
    access-control: 127.0.0.0/8 allow
    username: ""
    chroot: ""
    directory: "{self.dir}"
    pidfile: ""
    use-syslog: no
    logfile: ""
    do-daemonize: no
    do-ip6: no
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

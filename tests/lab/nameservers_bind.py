# SPDX-License-Identifier: MIT
"""BIND, as a primary of several kinds and as a secondary."""

import re

from . import dnsquery
from .base import run
from .nameservers import NameServer, family


def address_list(addresses):
    return "{ " + "".join(f"{address}; " for address in addresses) + "}"


class Named(NameServer):
    """What every named here has; a subclass gives the zones."""

    also_notify = ()
    options = ""
    policy_options = ""
    controls = ""

    def keys(self):
        return {}

    def zone_clauses(self):
        raise NotImplementedError

    def configure(self):
        (self.dir / "named.conf").write_text(f"""
options {{
    directory "{self.dir}"; pid-file none; session-keyfile none;
    listen-on {self.listen("A")};
    listen-on-v6 {self.listen("AAAA")};
    {self.options}
    query-source address {self.address};
    notify-source {self.address}; transfer-source {self.address};
    recursion no; dnssec-validation no; empty-zones-enable no;
    notify explicit; notify-delay 0; notify-rate 1000; startup-notify-rate 1000;
    also-notify {address_list(self.also_notify)};
    allow-transfer {{ 127.0.0.0/8; }};
}};
controls {{ {self.controls} }};
logging {{ category update-security {{ default_stderr; }}; }};
dnssec-policy lab {{
    keys {{ csk lifetime unlimited algorithm ecdsap256sha256; }};
    dnskey-ttl 5; publish-safety 0; retire-safety 0; zone-propagation-delay 0;
    {self.policy_options}
}};
{"".join(key.text() for key in self.keys().values())}
{self.zone_clauses()}
""")

    def loaded(self):
        """Where nothing can be asked."""
        return "all zones loaded" in self.log.read_text()

    def listen(self, kind):
        return address_list([address for address in self.addresses
                             if family(address) == kind] or ["none"])

    def hints(self):
        """Keeps named from priming with the real root servers."""
        if "." in self.zone_names():
            return ""
        (self.dir / "hints").write_text(
            ". 3600 NS nowhere.test.\nnowhere.test. 3600 A 127.0.10.40\n")
        return f'zone "." {{ type hint; file "{self.dir}/hints"; }};\n'

    def command(self):
        return [self.binary("/usr/sbin/named"), "-g", "-n", "1",
                "-c", self.dir / "named.conf"]


class Bind(Named):
    """A primary that signs with dnssec-policy and takes dynamic updates."""

    zone_options = ""

    def __init__(self, name, addresses, base, zones, notify=()):
        super().__init__(name, addresses, base)
        self.zones, self.also_notify = list(zones), list(notify)

    def zone_names(self):
        return [zone.name for zone in self.zones]

    def keys(self):
        return {key.name: key for zone in self.zones for key in zone.keys}

    def ready(self):
        return super().ready() and all(
            dnsquery.records(self.address, zone.name, "DNSKEY")
            for zone in self.zones if zone.signed)

    def updates(self, zone):
        """How many messages have changed ZONE; each comes from a port of its own.
        The serial does not tell: key events move it, too."""
        return len(set(re.findall(rf" (\S+#\d+)[^:]*: (?:view \S+ )?updating zone "
                                  rf"'{zone.rstrip('.')}/IN'", self.log.read_text())))

    def zone_clauses(self):
        return "".join(self.zone_clause(zone) for zone in self.zones) + self.hints()

    def zone_clause(self, zone):
        path = self.dir / f"{zone.name.rstrip('.') or 'root'}.zone"
        if not path.exists():
            path.write_text(zone.text())
        rules = "; ".join(f"grant {rule}" for rule in zone.grant)
        access = f"update-policy {{ {rules}; }};" if rules else \
            "allow-update { 127.0.0.0/8; };"
        policy = f"dnssec-policy lab; {self.zone_options}" if zone.signed else ""
        return (f'zone "{zone.name}" {{ type primary; file "{path}"; '
                f"{policy} {access} }};\n")


class BindFreezable(Bind):
    """The last key of the first zone is rndc's too."""

    @property
    def rndc_key(self):
        return self.zones[0].keys[-1]

    @property
    def controls(self):
        return (f"inet {self.address} port 953 allow {{ 127.0.0.0/8; }} "
                f'keys {{ "{self.rndc_key.name}"; }};')

    def control(self, *words):
        key = self.rndc_key.write(self.dir / "rndc.key")
        return run("/usr/sbin/rndc", "-s", self.address, "-p", "953", "-k", key,
                   "-y", self.rndc_key.name, *words)

    def freeze(self):
        for zone in self.zone_names():
            self.control("freeze", zone)

    def thaw(self):
        for zone in self.zone_names():
            self.control("thaw", zone)


class BindInline(Bind):
    """Keeps the zone unsigned and signs a copy: two series of serial numbers."""

    zone_options = "inline-signing yes;"


class BindNsec3(Bind):
    policy_options = "nsec3param iterations 0 optout no salt-length 0;"


class BindViews(Bind):
    """Edited in a view that only alnitak's key selects; the view for everyone
    is a secondary of it."""

    def zone_clauses(self):
        key = self.zones[0].keys[0].name
        copies = "".join(
            f'zone "{zone}" {{ type secondary; file "{zone}copy"; '
            f'primaries {{ {self.address} key "{key}"; }}; }};\n'
            for zone in self.zone_names())
        return (f'view edited {{ match-clients {{ key "{key}"; }};\n'
                f"also-notify {{ {self.address}; }};\n{super().zone_clauses()}}};\n"
                f"view public {{ match-clients {{ any; }};\n{copies}{self.hints()}}};\n")


class BindSecondary(Named):
    """Passes no update on."""

    zone_options = ""

    def __init__(self, name, addresses, base, zones, primary):
        super().__init__(name, addresses, base)
        self.zones, self.primary = list(zones), primary

    def zone_names(self):
        return self.zones

    def zone_clauses(self):
        return self.hints() + "".join(
            f'zone "{zone}" {{ type secondary; file "{zone}copy"; '
            f"primaries {{ {self.primary}; }}; {self.zone_options} }};\n"
            for zone in self.zones)


class BindSigner(BindSecondary):
    """Signs what it transfers."""

    zone_options = "dnssec-policy lab; inline-signing yes;"


class BindKeyed(Bind):
    """Answers only who has the key of its zones, and those who transfer them."""

    def zone_clause(self, zone):
        allowed = address_list([f'key "{zone.keys[0].name}"', *self.also_notify])
        return super().zone_clause(zone).replace(
            " };\n", f" allow-query {allowed}; }};\n")

    def ready(self):
        return self.loaded()


class BindSplit(Bind):
    """The world is asked from elsewhere, and so is the key: hosts of our address get
    the zone as it is inside, unsigned."""

    def zone_clauses(self):
        zone, = self.zones
        inside = self.dir / "inside"
        inside.write_text(zone.text().replace("192.0.2.25", "10.0.0.25"))
        return (f'view outside {{ match-clients {{ key "{zone.keys[0].name}"; !127.0.0.1; '
                f"!{self.address}; any; }};\n{super().zone_clauses()}}};\n"
                f'view inside {{ match-clients {{ any; }};\nzone "{zone.name}" {{ '
                f'type primary; file "{inside}"; }};\n{self.hints()}}};\n')

    def ready(self):
        return self.loaded()


class BindForwarder(BindSecondary):
    """Passes updates on to the primary."""

    zone_options = "allow-update-forwarding { any; };"

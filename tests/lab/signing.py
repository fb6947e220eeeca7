# SPDX-License-Identifier: MIT
"""Zones signed by hand with dnssec-signzone, well or badly, and what serves them."""

import base64
import time

import dns.dnssec
import dns.message
import dns.name
import dns.query
import dns.rdatatype
import dns.rrset
import dns.zone
from cryptography.hazmat.primitives.asymmetric import ec

from . import dnsquery
from .base import run
from .nameservers import NameServer

SIGNATURES = ("RRSIG", "NSEC", "NSEC3", "NSEC3PARAM", "DNSKEY", "CDS", "CDNSKEY", "TYPE65534")


def stamp(seconds):
    """A time SECONDS from now, as dnssec-signzone reads it."""
    return time.strftime("%Y%m%d%H%M%S", time.gmtime(time.time() + seconds))


def transfer(server, zone):
    """The records of ZONE at SERVER as text, without all that signing added."""
    whole = dns.zone.from_xfr(dns.query.xfr(server, zone, relativize=False), relativize=False,
                              check_origin=False)
    kept = (f"{name} {ttl} IN {dns.rdatatype.to_text(rdata.rdtype)} {rdata.to_text()}"
            for name, ttl, rdata in whole.iterate_rdatas()
            if dns.rdatatype.to_text(rdata.rdtype) not in SIGNATURES)
    return "\n".join(sorted(kept, key=lambda line: " SOA " not in line)) + "\n"


def make_key(directory, zone):
    """A fresh signing key for ZONE in DIRECTORY."""
    directory.mkdir(parents=True, exist_ok=True)
    run("dnssec-keygen", "-q", "-K", directory, "-a", "ECDSAP256SHA256", "-f", "KSK", zone)
    return directory


def sign(text, zone, keys, into, begins=-3600, ends=86400):
    """TEXT, a zone, signed with all the keys of ZONE in the directory KEYS."""
    into.parent.mkdir(parents=True, exist_ok=True)
    plain = into.with_suffix(".plain")
    plain.write_text(text)
    origin = zone.rstrip(".")
    for public in keys.glob(f"K{origin}.+*.key"):
        plain.write_text(plain.read_text() + public.read_text())
    private = [path.with_suffix("") for path in keys.glob(f"K{origin}.+*.private")]
    run("dnssec-signzone", "-q", "-P", "-z", "-N", "keep", "-o", zone, "-s", stamp(begins),
        "-e", stamp(ends), "-f", into, plain, *private, cwd=into.parent)
    return into


class SigningKey:
    """The key of ZONE in DIRECTORY, to make any signature with."""

    def __init__(self, directory, zone):
        public, = directory.glob(f"K{zone.rstrip('.')}.+*.key")
        private = public.with_suffix(".private").read_text()
        number, = (line.split()[1] for line in private.splitlines()
                   if line.startswith("PrivateKey:"))
        self.private = ec.derive_private_key(
            int.from_bytes(base64.b64decode(number), "big"), ec.SECP256R1())
        line, = (line for line in public.read_text().splitlines() if line[0] != ";")
        self.dnskey = dns.rrset.from_text(zone, 5, "IN", "DNSKEY", line.split("DNSKEY")[1])[0]
        self.signer = dns.name.from_text(zone)

    def sign(self, rrset, begins=-3600, ends=86400, signer=None):
        now = int(time.time())
        made = dns.dnssec.sign(rrset, self.private, signer or self.signer, self.dnskey,
                               inception=now + begins, expiration=now + ends)
        return dns.rrset.from_rdata(rrset.name, rrset.ttl, made)


class Views(NameServer):
    """One BIND that serves from files, at each address another version of a zone.

    `files` is {address: {zone: path}}.
    """

    def __init__(self, name, base, files):
        super().__init__(name, list(files), base)
        self.files = files

    def configure(self):
        (self.dir / "named.conf").write_text(f"""
options {{
    directory "{self.dir}"; pid-file none; session-keyfile none;
    listen-on {{ {" ".join(f"{address};" for address in self.files)} }};
    listen-on-v6 {{ none; }}; recursion no; dnssec-validation no; notify no;
    empty-zones-enable no;
}};
controls {{ }};
{"".join(self.view(*item) for item in enumerate(self.files.items()))}
""")
        (self.dir / "hints").write_text(
            ". 3600 NS nowhere.test.\nnowhere.test. 3600 A 127.0.10.40\n")

    def view(self, number, served):
        address, zones = served
        clauses = "".join(f'    zone "{zone}" {{ type primary; file "{path}"; }};\n'
                          for zone, path in zones.items())
        return (f'view "{number}" {{\n    match-destinations {{ {address}; }};\n'
                f'    zone "." {{ type hint; file "{self.dir}/hints"; }};\n{clauses}}};\n')

    def command(self):
        return [self.binary("/usr/sbin/named"), "-g", "-n", "1", "-c", self.dir / "named.conf"]

    def ready(self):
        return all(dnsquery.serial(address, zone) for address, zones in self.files.items()
                   for zone in zones)

# SPDX-License-Identifier: MIT
"""An auditor that knows nothing of alnitak: a validating DANE client.

Many times a second it asks the validating resolver for the TLSA set of a
service, shakes hands with the service, and holds the certificate against that
set and against every earlier one that a cache may still hold.
"""

import contextlib
import functools
import hashlib
import socket
import ssl
import threading
import time

import dns.flags
import dns.rcode
import dns.rdatatype
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from . import dnsquery
from .base import wait_until
from .clear import BEFORE_TLS, Farewell

TIMEOUT_S = 10
# Ciphers of TLS 1.2 that ask for a certificate of one kind.
KINDS = {"rsa": "ECDHE-RSA-AES128-GCM-SHA256", "ecdsa": "ECDHE-ECDSA-AES128-GCM-SHA256"}


@functools.lru_cache
def association(der, selector, mtype):
    """What a TLSA record says of the certificate DER."""
    if selector == 1:
        der = x509.load_der_x509_certificate(der).public_key().public_bytes(
            Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return {0: bytes, 1: lambda data: hashlib.sha256(data).digest(),
            2: lambda data: hashlib.sha512(data).digest()}[mtype](der)


def matches(records, der):
    """In every combination of parameters one record matches (RFC 7671, 9).

    Usage 3 alone: of a trust anchor (2) the handshake shows this client nothing.
    """
    verdict = {}
    for usage, selector, mtype, data in records:
        if usage == 3:
            combination = (selector, mtype)
            good = association(der, selector, mtype) == data
            verdict[combination] = verdict.get(combination, False) or good
    return all(verdict.values())


@functools.cache
def context_of(ciphers):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if ciphers:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(ciphers)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def handshake(address, port, name, ciphers=None):
    """The leaf certificate, in DER, that a new connection is shown. CIPHERS
    (of TLS 1.2) choose among certificates of several kinds. Where TLS does not
    begin at once, what comes before it is said (clear.py); a server that says
    goodbye instead of its greeting is asked again, as clients do."""
    end = time.monotonic() + TIMEOUT_S
    while True:
        try:
            return handshake_once(address, port, name, ciphers)
        except Farewell:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def handshake_once(address, port, name, ciphers):
    with socket.create_connection((address, port), timeout=TIMEOUT_S) as plain:
        if port in BEFORE_TLS:
            BEFORE_TLS[port](plain, name)
        with context_of(ciphers).wrap_socket(plain, server_hostname=name) as tls:
            return tls.getpeercert(binary_form=True)


def fingerprint(der):
    return hashlib.sha256(der).hexdigest()


class DaneClient(threading.Thread):
    """Asks and shakes hands until stop(); the counts may be read at any time."""

    def __init__(self, name, address, resolver, port=443, per_second=20, ciphers=None,
                 domain=None):
        """DOMAIN: whose the service is, where that is not the host (XMPP)."""
        super().__init__(daemon=True)
        self.ciphers, self.domain = ciphers, domain or name
        self.host, self.address, self.resolver = name, address, resolver
        self.port, self.period = port, 1 / per_second
        self.owner = f"_{port}._tcp.{name}"
        self.held = {}              # TLSA set -> when the last cache drops it
        self.total = self.mismatches = 0
        self.absences = []          # seconds after the start: no record was found
        self.refused = self.errors = self.insecure = 0
        self.certificates = []      # fingerprints, in the order first seen
        self.complaints = []        # the first few, in words
        self.began = self.ended = time.monotonic()
        self.done = threading.Event()

    def run(self):
        self.began = time.monotonic()
        turn = self.began
        while not self.done.is_set():
            self.once()
            self.ended = time.monotonic()
            turn = max(turn + self.period, self.ended)
            self.done.wait(turn - self.ended)

    def once(self):
        self.total += 1
        try:
            records = self.look_up()
            der = handshake(self.address, self.port, self.domain, self.ciphers)
        except ConnectionRefusedError as error:
            self.refused += 1
            self.complain(error)
        except Exception as error:
            self.errors += 1
            self.complain(error)
        else:
            self.judge(records, der)

    def look_up(self):
        answer = dnsquery.ask(self.resolver, self.owner, "TLSA", recurse=True)
        if answer.rcode() not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
            raise OSError(f"the resolver says {dns.rcode.to_text(answer.rcode())}")
        if not answer.flags & dns.flags.AD:
            self.insecure += 1
            raise OSError("the resolver could not validate the answer")
        found = dnsquery.rrset(answer)
        records = frozenset((r.usage, r.selector, r.mtype, r.cert) for r in found or ())
        if records:
            until = time.monotonic() + found.ttl
            self.held[records] = max(until, self.held.get(records, 0))
        return records

    def judge(self, records, der):
        print_ = fingerprint(der)
        if print_ not in self.certificates:
            self.certificates.append(print_)
        now = time.monotonic()
        if not records:
            self.absences.append(now - self.began)
            self.complain("no record")
        self.held = {held: end for held, end in self.held.items() if end > now}
        bad = [held for held in [records, *self.held] if not matches(held, der)]
        if bad:
            self.mismatches += 1
            self.complain(f"certificate {print_[:8]} against a set of {len(bad[0])}")

    def complain(self, what):
        if len(self.complaints) < 20:
            self.complaints.append(f"{time.monotonic() - self.began:.2f} s: {what}")

    def stop(self):
        self.done.set()
        self.join()
        return self

    def watch(self):
        """Start, and return after the first look."""
        self.start()
        wait_until(lambda: self.total > 1, "the DANE client to look")
        return self

    @property
    def unprotected(self):
        return len(self.absences)

    @property
    def rate(self):
        return self.total / max(self.ended - self.began, 0.001)

    def __str__(self):
        return (f"{self.total} handshakes ({self.rate:.0f} a second), "
                f"{self.mismatches} mismatches, {self.unprotected} without record, "
                f"{self.refused} refused, {self.errors} errors, "
                f"{len(self.certificates)} certificates; {self.complaints[:5]}")


RATE_MIN = 2        # handshakes a second, whatever the machine has to do

# The first record was published just before: for the negative TTL of the lab's
# zones (5), and what rounding adds, the resolver may prove that there is none
# (RFC 8198) by what a server sent that was about to show it.
ABSENT_S = 7


@contextlib.contextmanager
def audited(world, *host, rate=10, **more):
    """Not one handshake inside may fail; a client with a full cache watches. It
    tries to look twice RATE times a second, and has looked in vain where a loaded
    machine let it look less than twice a second; with a RATE of 0 that is all one."""
    # The machine has other things to do: no more often than is needed to be sure.
    client = world.dane_client(*host, per_second=max(20, 2 * rate), **more).watch()
    wait_until(lambda: client.held, "the client to find the record", 20)
    yield client
    looks = client.total
    wait_until(lambda: client.total > looks + 1, "the client to look at what is at the end")
    client.stop()
    assert client.mismatches == 0, client
    assert not [when for when in client.absences if when > ABSENT_S], client
    assert not client.errors and not client.refused, client
    assert client.rate >= min(rate, RATE_MIN), client

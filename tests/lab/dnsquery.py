# SPDX-License-Identifier: MIT
"""Questions to one server, with dnspython."""

import dns.dnssec
import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import dns.rrset
import dns.tsig
import dns.tsigkeyring
import dns.update


PATIENCE_S, TRIES = 2, 10


def ask(server, name, rdtype, timeout=None, recurse=False, port=53, tcp=False):
    """The whole answer of SERVER (an address). With a TIMEOUT it is asked once; else again
    and again, for a loaded machine may be late with an answer, or lose it."""
    query = dns.message.make_query(name, rdtype, want_dnssec=True)
    query.flags |= dns.flags.AD
    if not recurse:
        query.flags &= ~dns.flags.RD
    for last in range(1 if timeout else TRIES, 0, -1):
        try:
            if tcp:
                return dns.query.tcp(query, server, timeout=timeout or PATIENCE_S, port=port)
            return dns.query.udp_with_fallback(query, server, timeout=timeout or PATIENCE_S,
                                               port=port, ignore_unexpected=True)[0]
        except (dns.exception.Timeout, dns.query.BadResponse):
            if last == 1:
                raise


def rrset(answer):
    """The RRset in ANSWER that was asked for, or None."""
    question = answer.question[0]
    return next((found for found in answer.answer
                 if (found.name, found.rdtype) == (question.name, question.rdtype)), None)


def records(server, name, rdtype, **more):
    """The records as a sorted list of text; empty if there are none."""
    answer = ask(server, name, rdtype, **more)
    if answer.rcode() not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
        raise OSError(f"{server} answers {dns.rcode.to_text(answer.rcode())}")
    return sorted(rdata.to_text(chunksize=0) for rdata in rrset(answer) or ())


def serial(server, zone, **more):
    return rrset(ask(server, zone, "SOA", **more))[0].serial


def update(server, zone, *changes, key=None):
    """UPDATE, unsigned for the lab's own parents; a change is (verb, *words)."""
    message = dns.update.Update(zone)
    if key:
        message.use_tsig(dns.tsigkeyring.from_text({key.name: key.secret}),
                         algorithm=key.algorithm)
    for verb, *words in changes:
        getattr(message, verb)(*words)
    reply = dns.query.tcp(message, server, timeout=5)
    if reply.rcode() != dns.rcode.NOERROR:
        raise OSError(f"{server}: update of {zone}: {dns.rcode.to_text(reply.rcode())}")


def ds_of(server, zone):
    """The DS (SHA-256) of the signing key that SERVER publishes for ZONE."""
    keys = rrset(ask(server, zone, "DNSKEY"))
    return dns.dnssec.make_ds(zone, next(key for key in keys if key.flags & 1), "SHA256")

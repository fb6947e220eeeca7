# SPDX-License-Identifier: MIT
"""Whoever is asked about a zone uses up every limit, and services never come to an
end with TLS.

    127.0.14.1      a name server that names a hundred and twenty more addresses
    127.0.15.x      those, each with a vice of its own
    127.0.14.2      services (ports 9001 to 9006) that send one octet a second
"""

import asyncio
import os
import struct

import dns.rrset

from . import dnsquery, lies
from .liar import Liars, about, framed, honest
from .telling import message, octets, over_tcp

CHIEF, SERVICE = "127.0.14.1", "127.0.14.2"
PORTS = range(9001, 9007)
NAMES, EACH = 60, 2
ADDRESSES = [f"127.0.15.{1 + number}" for number in range(NAMES * EACH)]
LATE = 4.6                  # seconds: in time, but hardly
SHORT = 1                   # TTL of what is told: it is not to be waited for
EVERYTHING = ("SOA", "NS", "DNSKEY", "TLSA", "A", "AAAA", "DS", "CNAME")


# ---- Vices ---------------------------------------------------------------------

async def drip(say):
    """Too long for a datagram, at the last moment; and then octet by octet."""
    await say.wait(LATE)
    if not say.tcp:
        return say.datagram(say.truncated())
    for octet in framed(await say.truth()):
        say.raw(bytes([octet]))
        await say.wait(1)


async def late(say):
    """The truth, at the last moment and over TCP alone."""
    await say.wait(LATE)
    await over_tcp(honest)(say)


async def flood(say):
    """Large messages with the wrong ID, for as long as anybody reads them."""
    noise = bytes([say.query[0] ^ 0x55]) + say.query[1:] + os.urandom(40000)
    while not say.writer.is_closing():
        say.raw(framed(noise))
        await say.writer.drain()
        await say.wait(0.1)


def chain(answer):
    """An alias of an alias, as many as are followed, and other ones each time."""
    names = [answer.question[0].name.to_text(),
             *(f"{os.urandom(8).hex()}.{number}.evil.test." for number in range(8))]
    answer.answer = [dns.rrset.from_text(name, SHORT, "IN", "CNAME", to)
                     for name, to in zip(names, names[1:])]


def sets(answer):
    """As many records as there may be, and other ones each time."""
    texts = [f"3 1 1 {os.urandom(32).hex()}" for _ in range(60)]
    answer.answer = [dns.rrset.from_text(answer.question[0].name, SHORT, "IN", "TLSA", *texts)]


async def swell(say):
    """As much as a message may have: sixty records of a thousand octets, others each
    time. Made by hand, for it is told thousands of times."""
    if not say.tcp:
        return say.datagram(say.truncated())
    head = say.truncated()
    fixed = b"\xc0\x0c" + struct.pack("!HHIH3B", 52, 1, SHORT, 1003, 3, 0, 0)
    say.raw(framed(head[:2] + b"\x84\0\0\1\0\x3c\0\0\0\0" + head[12:] +
                   b"".join(fixed + os.urandom(1000) for _ in range(60))))


def names(answer):
    """Sixty more name servers."""
    answer.answer = [dns.rrset.from_text(answer.question[0].name, SHORT, "IN", "NS", *(
        f"ns{number}.evil.test." for number in range(NAMES)))]


VICES = [drip, late, over_tcp(flood), lies.never, over_tcp(lies.largest),
         over_tcp(lies.garbage), message(chain), message(sets), lies.first(100),
         lies.rcode(2), lies.without_edns(1), over_tcp(octets(lies.wrong_id))]


def chief(vice, *types):
    """Names all the others, and has VICE about other TYPES."""
    async def tell(say):
        await (message(names) if say.type == "NS" else vice)(say)
    return about("NS", *types)(tell)


async def drip_tls(reader, writer):
    """The head of a long record, which goes on for hours."""
    writer.write(b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc")
    while not (writer.is_closing() or reader.at_eof()):
        await asyncio.sleep(1)
        writer.write(b"\x03")


# ---- The whole -----------------------------------------------------------------

class Siege:
    """Of the zone of WORLD, whose configuration asks CHIEF besides."""

    def __init__(self, world):
        self.liars = Liars(world.nsd.address)
        for address in (CHIEF, *ADDRESSES):
            self.liars.put(address)
        self.services = [self.liars.do(asyncio.start_server(drip_tls, SERVICE, port))
                         for port in PORTS]
        dnsquery.update(world.root.address, "test.", *(
            ("add", f"ns{number // EACH}.evil.test.", SHORT, "A", address)
            for number, address in enumerate(ADDRESSES)))

    def told(self):
        """How many questions were answered in bad faith."""
        return sum(front.told for front in self.liars.fronts.values())

    def begin(self):
        self.liars.put(CHIEF, chief(late, *EVERYTHING))
        for number, address in enumerate(ADDRESSES):
            self.liars.put(address, lies.always(VICES[number % len(VICES)]))

    def swell(self):
        """All of them answer at once, and as much as they may."""
        self.liars.put(CHIEF, chief(swell, "TLSA"))
        for address in ADDRESSES:
            self.liars.put(address, swell)

    def end(self):
        for address in self.liars.fronts:
            self.liars.put(address)

    def stop(self):
        for service in self.services:
            self.liars.loop.call_soon_threadsafe(service.close)
        self.liars.stop()

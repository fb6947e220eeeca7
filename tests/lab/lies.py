# SPDX-License-Identifier: MIT
"""What lying name servers say of TLSA records; telling.py has how they say it."""

import asyncio
import copy
import os
import random

import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from .liar import about, framed, honest, question_end
from .telling import message, octets, over_tcp

LATER = 7           # seconds: longer than anyone waits for an answer
ANOTHER = "ab" * 32


# ---- Whose answer is it --------------------------------------------------------

def wrong_id(data):
    data[0] ^= 0x55


def wrong_name(data):
    data[14] ^= 0x01            # "443" becomes "543"


def wrong_type(data):
    data[question_end(data) - 3] = dns.rdatatype.TXT


def wrong_class(data):
    data[question_end(data) - 1] = dns.rdataclass.CH


def wrong_case(data):
    end = question_end(data) - 4
    data[12:end] = bytes(octet ^ 0x20 if chr(octet).isalpha() else octet
                         for octet in data[12:end])


def no_question(data):
    end = question_end(data)
    return data[:4] + b"\0\0" + data[6:12] + data[end:]


def two_questions(data):
    end = question_end(data)
    return data[:4] + b"\0\2" + data[6:end] + data[12:end] + data[end:]


def no_reply(data):
    data[2] &= 0x7f


def notify(data):
    data[2] |= 0x20


async def from_another_address(say):
    if not say.tcp:
        say.datagram_from(("127.0.12.254", 53), await say.truth())


async def from_another_port(say):
    if not say.tcp:
        say.datagram_from((say.address, 5353), await say.truth())


# ---- When, and how often -------------------------------------------------------

async def never(say):
    await say.wait(LATER)


async def too_late(say):
    await say.wait(LATER)
    await honest(say)


async def twice(say):
    await honest(say)
    await honest(say)


async def answer_of_another_question_first(say):
    other = dns.message.make_query("example.test", "SOA", want_dnssec=True, id=0)
    other = say.query[:2] + other.to_wire()[2:]
    say.send(await say.truth(other))
    await honest(say)


async def flood(say):
    """Guesses of the ID, as a spoofer sends them, while the truth is on its way."""
    if say.tcp:
        return await honest(say)
    truth = await say.truth()
    forged = bytearray(truth)
    forged[first_record(truth) + 10 + 8] ^= 1
    for turn in range(60):
        for _ in range(20):
            guess = random.randrange(65536).to_bytes(2, "big")
            if guess != truth[:2]:
                say.send(guess + bytes(forged[2:]))
        if turn == 30:
            say.send(truth)
        await asyncio.sleep(0.001)


# ---- Who else serves the zone --------------------------------------------------

def ns_of_others(answer):
    """Nobody's names; no signature of them."""
    names = [f"ns{number}.evil.example." for number in range(8)]
    answer.answer = [dns.rrset.from_text(answer.question[0].name, 2 ** 31 - 1, "IN", "NS", *names)]
    answer.additional = []


# ---- Octets --------------------------------------------------------------------

async def nothing_at_all(say):
    say.send(b"")


async def garbage(say):
    say.send(os.urandom(200))


async def garbage_after_our_question(say):
    """The right ID and question, then noise."""
    end = question_end(say.query)
    noise = random.Random(7).randbytes(300)
    say.send(say.query[:2] + b"\x84\0" + b"\0\1\0\5\0\0\0\0" + say.query[12:end] + noise)


def first(size):
    """Only the first SIZE octets; fewer than all of them."""
    async def lie(say):
        data = await say.truth()
        say.send(data[:min(size, len(data) - 1)])
    return lie


def trailing(data):
    data += b"\0\0\0\0"


def count(section, change):
    """The header's count of SECTION (1 answer, 2 authority, 3 additional) lies."""
    def lie(data):
        at = 4 + 2 * section
        told = change(int.from_bytes(data[at:at + 2], "big"))
        data[at:at + 2] = told.to_bytes(2, "big")
    return octets(lie)


def first_record(data):
    """Where the first record's fixed part (type, class, TTL, RDLENGTH) begins."""
    at = question_end(data)
    while data[at] and data[at] < 0xc0:
        at += 1 + data[at]
    return at + (2 if data[at] >= 0xc0 else 1)


def rdlength(change):
    def lie(data):
        at = first_record(data) + 8
        told = max(0, int.from_bytes(data[at:at + 2], "big") + change) & 0xffff
        data[at:at + 2] = told.to_bytes(2, "big")
    return octets(lie)


def first_owner(name):
    """The first record's owner becomes these octets; NAME may take the place."""
    def lie(data):
        at = question_end(data)
        owner = name(at) if callable(name) else name
        return data[:at] + owner + data[first_record(data):]
    return octets(lie)


def pointer(to):
    return (0xc000 | to).to_bytes(2, "big")


def pointer_to_itself(at):
    return pointer(at)


LONG_LABELS = (b"\x3f" + b"a" * 63) * 4 + b"\0"
LABEL_OF_64 = b"\x40" + b"a" * 64 + b"\0"
CHAIN_OF_POINTERS = first_owner(lambda at: pointer(at + 2) + pointer(at))


# ---- TCP -----------------------------------------------------------------------

async def hang_up(say):
    say.hang_up()


async def half_and_hang_up(say):
    data = framed(await say.truth())
    say.raw(data[:len(data) // 2])
    say.hang_up()


async def prefix_too_long(say):
    data = await say.truth()
    say.raw((len(data) + 100).to_bytes(2, "big") + data)
    await say.wait(LATER)


async def prefix_too_short(say):
    data = await say.truth()
    say.raw((len(data) - 20).to_bytes(2, "big") + data)


async def prefixes_of_nothing(say):
    say.raw(b"\0\0" * 50)


async def prefix_alone(say):
    say.raw(b"\0")
    await say.wait(LATER)


async def dribble(say):
    """One octet a second."""
    for octet in framed(await say.truth())[:LATER]:
        say.raw(bytes([octet]))
        await say.wait(1)


async def in_small_pieces(say):
    """Slow, but whole and in time."""
    data = framed(await say.truth())
    for at in range(0, len(data), 7):
        say.raw(data[at:at + 7])
        await say.wait(0.002)


async def largest(say):
    """65535 octets: the true answer, and padding in its additional section."""
    say.raw(b"\xff\xff" + (await say.truth()).ljust(65535, b"\0"))


async def large_datagram(say):
    say.datagram((await say.truth()).ljust(9000, b"\0"))


def tc(data):
    data[2] |= 0x02


# ---- Response codes ------------------------------------------------------------

def rcode(code, keep=False):
    def change(answer):
        answer.set_rcode(code)
        if not keep:
            answer.answer, answer.authority = [], []
    return message(change)


# ---- Authority -----------------------------------------------------------------

def not_authoritative(answer):
    answer.flags &= ~dns.flags.AA


def as_resolver(answer):
    answer.flags &= ~dns.flags.AA
    answer.flags |= dns.flags.RA | dns.flags.AD


def referral(answer):
    answer.flags &= ~dns.flags.AA
    answer.answer = []
    answer.authority = [dns.rrset.from_text("_tcp.mail.example.test.", 5, "IN", "NS",
                                            "ns.elsewhere.test.")]


def negative_without_soa(answer):
    answer.answer, answer.authority = [], []


def negative_of_another_zone(answer):
    soa = "ns.test. hostmaster.test. 1 3600 600 86400 5"
    answer.answer = []
    answer.authority = [dns.rrset.from_text("test.", 5, "IN", "SOA", soa)]


def unsigned_absence(answer):
    soa = "ns1.example.test. hostmaster.example.test. 4000000000 3600 600 86400 5"
    answer.answer = []
    answer.authority = [dns.rrset.from_text("example.test.", 5, "IN", "SOA", soa)]


async def absence_without_a_proof(say):
    """NODATA that borrows the zone's true, signed SOA from another answer."""
    answer = await say.parsed()
    soa = dns.message.make_query("example.test.", "SOA", want_dnssec=True)
    true = dns.message.from_wire(await say.truth(soa.to_wire()))
    answer.answer, answer.authority = [], true.answer
    say.send(answer.to_wire())


# ---- Records -------------------------------------------------------------------

def tlsa_set(answer):
    return next(found for found in answer.answer if found.rdtype == dns.rdatatype.TLSA)


def unsigned(answer):
    answer.answer = [tlsa_set(answer)]


def wrong_owner(answer):
    name = dns.name.from_text("_443._tcp.other.example.test.")
    for found in answer.answer:
        found.name = name


def one_more_record(answer):
    extra = dns.rrset.from_text(tlsa_set(answer).name, 5, "IN", "TLSA", f"3 1 1 {ANOTHER}")
    tlsa_set(answer).add(extra[0])


def another_set(answer):
    found = tlsa_set(answer)
    answer.answer = [dns.rrset.from_text(found.name, found.ttl, "IN", "TLSA",
                                         f"3 1 1 {ANOTHER}"), *answer.answer[1:]]


def foreign_records(answer):
    """True, but in company that was not asked for."""
    texts = (("www.bank.test.", "A", "192.0.2.66"), ("example.test.", "NS", "ns.evil.test."),
             ("_443._tcp.www.example.test.", "TLSA", f"3 1 1 {ANOTHER}"),
             ("mail.example.test.", "TXT", "anything"))
    for name, kind, text in texts:
        answer.answer.append(dns.rrset.from_text(name, 5, "IN", kind, text))


def signature_first(answer):
    answer.answer.reverse()


def alias_of(target):
    def change(answer):
        name = tlsa_set(answer).name
        answer.answer = [dns.rrset.from_text(name, 5, "IN", "CNAME", target(name))]
    return message(change)


def alias_loop(answer):
    name = tlsa_set(answer).name
    other = dns.name.from_text("loop.example.test.")
    answer.answer = [dns.rrset.from_text(name, 5, "IN", "CNAME", other.to_text()),
                     dns.rrset.from_text(other, 5, "IN", "CNAME", name.to_text())]


def alias_beside_the_set(answer):
    name = tlsa_set(answer).name
    answer.answer.append(dns.rrset.from_text(name, 5, "IN", "CNAME", "evil.example.test."))


def below_a_dname(answer):
    answer.answer = [dns.rrset.from_text("example.test.", 5, "IN", "DNAME", "evil.test.")]


def ttl(seconds):
    def change(answer):
        for found in answer.answer:
            found.ttl = seconds
    return message(change)


def longer_signature_beside(answer):
    """A second signature that allows 68 years, and that no key made."""
    for found in answer.answer:
        if found.rdtype == dns.rdatatype.RRSIG:
            found.add(found[0].replace(original_ttl=2 ** 31 - 1, signature=bytes(64)))


def huge_ttl(data):
    at = first_record(data) + 4
    data[at:at + 4] = b"\xff\xff\xff\xff"


def rdata_of(size):
    """A TLSA record with SIZE octets of RDATA, alone."""
    def lie(data):
        end = question_end(data)
        data[4:12] = b"\0\1\0\1\0\0\0\0"
        record = b"\xc0\x0c\0\x34\0\1\0\0\0\5" + size.to_bytes(2, "big") + b"\3\1\1abcd"[:size]
        return data[:end] + record
    return octets(lie)


def records(number):
    def change(answer):
        texts = [f"3 1 1 {n:064x}" for n in range(number)]
        answer.answer = [dns.rrset.from_text(tlsa_set(answer).name, 5, "IN", "TLSA", *texts)]
    return message(change)


def large_record(answer):
    text = f"3 0 0 {'cd' * 20000}"
    answer.answer = [dns.rrset.from_text(tlsa_set(answer).name, 5, "IN", "TLSA", text)]


def same_record_twice(answer):
    answer.answer.append(copy.deepcopy(tlsa_set(answer)))


def replay(answer_before):
    """What was true once, with its signatures, which have not expired."""
    async def lie(say):
        old = dns.message.from_wire(answer_before)
        answer = await say.parsed()
        answer.answer = copy.deepcopy(old.answer)
        say.send(answer.to_wire())
    return lie


# ---- EDNS, and whole servers ---------------------------------------------------

EVERYTHING = ("SOA", "NS", "DNSKEY", "TLSA")


def always(lie):
    """The same of everything that a survey asks."""
    async def tell(say):
        await lie(say)
    return about(*EVERYTHING)(tell)


def has_edns(query):
    return query[10:12] != b"\0\0"


def without_edns(code):
    """Knows nothing of EDNS: CODE (None: silence) where there is some."""
    async def tell(say):
        if not has_edns(say.query):
            await honest(say)
        elif code is not None:
            query = dns.message.from_wire(say.query)
            answer = dns.message.make_response(query)
            answer.use_edns(False)
            answer.set_rcode(code)
            say.send(answer.to_wire())
    return always(tell)


async def no_udp(say):
    """Speaks TCP alone."""
    if say.tcp:
        await honest(say)


async def slips(say):
    """As under response rate limiting: every datagram is truncated."""
    await over_tcp(honest)(say)

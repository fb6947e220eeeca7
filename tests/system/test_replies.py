# SPDX-License-Identifier: MIT
"""Replies that are late, wrong, broken or forged: none is believed, none harms."""

import json
import re
import time

import pytest
from test_faults import snapshot

from lab import lies
from lab.base import wait_until
from lab.client import audited
from lab.liar import Liars, honest
from lab.lies import (message, octets, only_over_tcp, only_over_udp, over_tcp)
from lab.world import HOST, World

LIAR = "127.0.12.1"
SILENT = "no answer within 5 s"
NO_DNS = "what it sends over TCP is no DNS"
CUT = "cut short"
UNSIGNED = "unproven: no signature"

# name: (the lie, what is said of it); over UDP where nothing else is said.
LIES = {
    "wrong id": (octets(lies.wrong_id), SILENT),
    "wrong name": (octets(lies.wrong_name), SILENT),
    "wrong type": (octets(lies.wrong_type), SILENT),
    "wrong class": (octets(lies.wrong_class), SILENT),
    "no question": (octets(lies.no_question), SILENT),
    "two questions": (octets(lies.two_questions), SILENT),
    "a query, not a reply": (octets(lies.no_reply), SILENT),
    "another opcode": (octets(lies.notify), SILENT),
    "from another address": (lies.from_another_address, SILENT),
    "from another port": (lies.from_another_port, SILENT),
    "never": (lies.never, SILENT),
    "too late": (lies.too_late, SILENT),
    "too late over TCP": (over_tcp(lies.too_late), SILENT),
    "never over TCP": (over_tcp(lies.never), SILENT),
    "empty": (lies.nothing_at_all, SILENT),
    "eleven octets": (lies.first(11), SILENT),
    "header alone": (lies.first(12), SILENT),
    "garbage": (lies.garbage, SILENT),
    "garbage after our question": (lies.garbage_after_our_question, "the message|octets"),
    "cut in a record": (lies.first(100), CUT),
    "cut by one octet": (lies.first(65535), CUT),
    "trailing octets": (octets(lies.trailing), "octets follow the last record"),
    "one answer too few": (lies.count(1, lambda n: n - 1), "octets follow|malformed|cut"),
    "one answer too many": (lies.count(3, lambda n: n + 1), CUT),
    "65535 answers": (lies.count(1, lambda n: 65535), "too many records"),
    "RDLENGTH too long": (lies.rdlength(+1), "malformed|cut short"),
    "RDLENGTH too short": (lies.rdlength(-1), "malformed|cut short"),
    "RDLENGTH beyond the message": (lies.rdlength(20000), CUT),
    "pointer to itself": (lies.first_owner(lies.pointer_to_itself), "malformed name"),
    "pointer forward": (lies.first_owner(lambda at: lies.pointer(at + 2)), "malformed name"),
    "pointer out of the message": (lies.first_owner(lies.pointer(0x3fff)), "malformed name"),
    "pointers in a circle": (lies.CHAIN_OF_POINTERS, "malformed name"),
    "pointer into the header": (lies.first_owner(lies.pointer(0)), "malformed|cannot be parsed"),
    "label of 64": (lies.first_owner(lies.LABEL_OF_64), "malformed name"),
    "name of 257": (lies.first_owner(lies.LONG_LABELS), "malformed name"),
    "TLSA of 0 octets": (lies.rdata_of(0), "malformed record"),
    "TLSA of 1 octet": (lies.rdata_of(1), "malformed record"),
    "TLSA of 2 octets": (lies.rdata_of(2), "malformed record"),
    "TLSA of 3 octets": (lies.rdata_of(3), "malformed record"),
    "TLSA of 4 octets": (lies.rdata_of(4), UNSIGNED),
    "200 records": (lies.records(200), "more than 64 TLSA records"),
    "200 records over TCP": (over_tcp(lies.records(200)), "more than 64 TLSA records"),
    "300 records": (over_tcp(lies.records(300)), "more than 64 TLSA records"),
    "a record of 5000 octets": (over_tcp(message(lies.large_record)), "too large ones"),
    "FORMERR": (lies.rcode(1), "FORMERR"),
    "SERVFAIL": (lies.rcode(2), "SERVFAIL"),
    "NXDOMAIN with records": (lies.rcode(3, keep=True), "NXDOMAIN with records"),
    "NOTIMP": (lies.rcode(4), "NOTIMP"),
    "REFUSED": (lies.rcode(5), "REFUSED"),
    "REFUSED with records": (lies.rcode(5, keep=True), "REFUSED"),
    "NOTAUTH": (lies.rcode(9), "NOTAUTH"),
    "BADVERS": (lies.rcode(16), "BADVERS"),
    "BADVERS with records": (lies.rcode(16, keep=True), "BADVERS"),
    "BADCOOKIE": (lies.rcode(23), "response code 23"),
    "rcode 23 with records": (lies.rcode(23, keep=True), "response code 23"),
    "not authoritative": (message(lies.not_authoritative), "not authoritative for example.test"),
    "as a resolver": (message(lies.as_resolver), "answers as a resolver"),
    "referral": (message(lies.referral), "refers to the servers of _tcp.mail.example.test"),
    "negative without SOA": (message(lies.negative_without_soa), "no SOA in its negative"),
    "negative of the parent": (message(lies.negative_of_another_zone), "for the zone test"),
    "unsigned absence": (message(lies.unsigned_absence), "serves nothing, " + UNSIGNED),
    "unsigned": (message(lies.unsigned), UNSIGNED),
    "wrong owner": (message(lies.wrong_owner), "something else than was asked"),
    "one more record": (message(lies.one_more_record), "no signature verifies"),
    "another set": (message(lies.another_set), "no signature verifies"),
    "alias of itself": (lies.alias_of(str), UNSIGNED),
    "alias elsewhere": (lies.alias_of(lambda _: "evil.test."), UNSIGNED),
    "aliases in a circle": (message(lies.alias_loop), UNSIGNED),
    "alias beside the set": (message(lies.alias_beside_the_set), UNSIGNED),
    "below a DNAME": (message(lies.below_a_dname), UNSIGNED),
    "TTL of 2^31": (lies.ttl(2 ** 31 - 1), "no signature verifies"),
    "TTL of 2^32 - 1": (octets(lies.huge_ttl), "no signature verifies"),
    "TCP: nothing listens": (over_tcp(honest), "connection refused"),
    "TCP: hangs up": (over_tcp(lies.hang_up), NO_DNS),
    "TCP: hangs up midway": (over_tcp(lies.half_and_hang_up), NO_DNS),
    "TCP: one octet a second": (over_tcp(lies.dribble), SILENT),
    "TCP: the prefix is too long": (over_tcp(lies.prefix_too_long), SILENT),
    "TCP: the prefix is too short": (over_tcp(lies.prefix_too_short), CUT),
    "TCP: half a prefix": (over_tcp(lies.prefix_alone), SILENT),
    "TCP: empty messages": (over_tcp(lies.prefixes_of_nothing), NO_DNS),
    "TCP: truncated": (over_tcp(octets(lies.tc)), NO_DNS),
    "TCP: wrong id": (over_tcp(octets(lies.wrong_id)), NO_DNS),
    "TCP: wrong name": (over_tcp(octets(lies.wrong_name)), NO_DNS),
    "TCP: wrong type": (over_tcp(octets(lies.wrong_type)), NO_DNS),
    "TCP: no question": (over_tcp(octets(lies.no_question)), NO_DNS),
    "TCP: a query, not a reply": (over_tcp(octets(lies.no_reply)), NO_DNS),
    "TCP: 65535 octets": (over_tcp(lies.largest), "larger than 16384 octets"),
    "TCP: trailing octets": (over_tcp(octets(lies.trailing)), "octets follow"),
    "TCP: cut": (over_tcp(lies.first(150)), CUT),
    "TCP: not authoritative": (over_tcp(message(lies.not_authoritative)), "not authoritative"),
    "TCP: unsigned": (over_tcp(message(lies.unsigned)), UNSIGNED),
    "no EDNS, silently": (lies.without_edns(None), SILENT),
    "no EDNS, FORMERR": (lies.without_edns(1), "it refuses EDNS"),
    "no EDNS, NOTIMP": (lies.without_edns(4), "it refuses EDNS"),
}

# Ways that look odd and are true all the same.
TRUTHS = {
    "twice": lies.twice,
    "another question's answer first": lies.answer_of_another_question_first,
    "a flood of guesses": lies.flood,
    "letter case lost over UDP": octets(lies.wrong_case),
    "truncated over UDP": over_tcp(honest),
    "in small pieces over TCP": over_tcp(lies.in_small_pieces),
    "a datagram of 9000 octets": only_over_udp(lies.large_datagram),
    "foreign records beside": message(lies.foreign_records),
    "signature first": message(lies.signature_first),
    "a record twice": message(lies.same_record_twice),
    "wrong id first": lies.before_the_truth(octets(lies.wrong_id)),
    "wrong address first": lies.before_the_truth(lies.from_another_address, 0.05),
    "wrong port first": lies.before_the_truth(lies.from_another_port, 0.05),
    "TCP: wrong id first": over_tcp(lies.before_the_truth(octets(lies.wrong_id))),
    "slips": lies.always(lies.slips),
}


def front(index):
    """An address for each lie of a list."""
    return f"127.0.{13 + index // 200}.{1 + index % 200}"


def configure(world, *also_ask, **zone):
    world.alnitak.settings["zone example.test"] = {
        "key": world.key_file, "also_ask": list(also_ask), **zone}
    world.alnitak.configure()


def text_of(done):
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def unpublished():
    """The live certificate is new, its record is nowhere yet, the links stay."""
    world = World()
    liars = Liars(world.nsd.address)
    try:
        world.start().issue_all()
        world.alnitak.configure().run("init")
        world.nginx.start()
        world.publish_live()
        world.liars, world.old = liars.put(LIAR), world.live_record()
        configure(world, LIAR)
        world.alnitak.run("pre")
        world.certbot.renew()
        with audited(world, rate=5):
            yield world
    finally:
        liars.stop()
        world.stop()
    assert not world.alnitak.sanitizer_findings(), world.alnitak.sanitizer_findings()
    assert not liars.failures, liars.failures[:5]


def run_until(world, reason):
    """Run until status gives REASON; what it says of the first target then."""
    def seen():
        world.alnitak.run("run")
        target, = world.alnitak.status()
        return target["reason"] == reason and target
    return wait_until(seen, f"alnitak to wait for {reason}", 30, every=0.3)


@pytest.fixture(scope="module")
def pending(unpublished):
    """Both records are everywhere and no cache holds less: were it not for the lie
    that is told, the next run would release."""
    world = unpublished
    world.liars.put(LIAR)
    target = run_until(world, "caches")
    assert world.all_serve(world.old, world.live_record())
    world.liars.put(LIAR, lies.rcode(2))
    until = time.mktime(time.strptime(target["until"], "%Y-%m-%d %H:%M:%S UTC")) - time.timezone
    wait_until(lambda: time.time() > until + 1, "the caches to forget", 60)
    return world


def unchanged(world):
    """What a client sees, and where the links lead."""
    return (world.tlsa(), world.presented(),
            {part: world.alnitak.link(HOST, part).readlink()
             for part in ("cert", "chain", "fullchain", "privkey")},
            snapshot(world.alnitak.state))


def told_by_check(world, tellers):
    """What `check` says of each address: {address: (good, in words)}."""
    done = world.alnitak.run("--json", "check", ok=(0, 1))
    found = {}
    for finding in json.loads(done.stdout)[HOST]:
        for address in tellers:
            if f" at {address} " in finding["subject"] + " ":
                found[address] = finding["ok"], finding["detail"]
    return found


@pytest.fixture(scope="module")
def said(pending):
    """Every lie and every odd truth at once, each at an address of its own."""
    world, tellers = pending, {}
    for index, (name, lie) in enumerate([*LIES.items(), *TRUTHS.items()]):
        lie = lie if name in TRUTHS else lie[0]
        world.liars.put(front(index), lie, tcp=name != "TCP: nothing listens")
        tellers[front(index)] = name
    before = unchanged(world)
    configure(world, *tellers)
    found = told_by_check(world, tellers)
    configure(world, LIAR)
    assert unchanged(world) == before
    return {tellers[address]: words for address, words in found.items()}


@pytest.mark.parametrize("name", LIES)
def test_a_lie_is_called_by_its_name(said, name):
    good, words = said[name]
    assert not good
    assert re.search(LIES[name][1], words), words


@pytest.mark.parametrize("name", TRUTHS)
def test_an_odd_truth_is_true(said, name):
    good, words = said[name]
    assert good, words

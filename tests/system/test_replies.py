# SPDX-License-Identifier: MIT
"""Replies that are late, wrong, broken or forged: none is believed, none harms."""

import random
import re
import time

import pytest

from lab import dnsquery, forgery, lies, telling
from lab.base import holds, wait_until
from lab.client import audited
from lab.liar import Liars, about, honest
from lab.telling import (message, octets, only_over_tcp, only_over_udp, over_tcp)
from lab.world import HOST, World, owner

LIAR, PRIMARY = "127.0.12.1", "127.0.12.2"
RUN_SECONDS = 240           # the time that a run has, and what may end it late
SILENT = "no answer within 5 s"
NO_DNS = "what it sends over TCP is no DNS"
HANGS_UP = "it hangs up on TCP"
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
    "a record of 20000 octets": (over_tcp(message(lies.large_record)), "with more than .* octets"),
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
    "absence without a proof": (lies.absence_without_a_proof,
                                "serves nothing, unproven: no NSEC or NSEC3 record proves it"),
    "unsigned": (message(lies.unsigned), UNSIGNED),
    "wrong owner": (message(lies.wrong_owner), "something else than was asked"),
    "NS without signature": (about("NS")(message(lies.ns_of_others)), "NS set, .*" + UNSIGNED),
    "NS refused": (about("NS")(lies.rcode(5)), "NS set, .*unproven: REFUSED"),
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
    "TCP: hangs up": (over_tcp(lies.hang_up), HANGS_UP),
    "TCP: hangs up midway": (over_tcp(lies.half_and_hang_up), HANGS_UP),
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
    "TCP: 65535 octets": (over_tcp(lies.largest), "octets follow"),
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
    "wrong id first": telling.before_the_truth(octets(lies.wrong_id)),
    "wrong address first": telling.before_the_truth(lies.from_another_address, 0.05),
    "wrong port first": telling.before_the_truth(lies.from_another_port, 0.05),
    "TCP: wrong id first": over_tcp(telling.before_the_truth(octets(lies.wrong_id))),
    "a longer signature beside": message(lies.longer_signature_beside),
    "slips": lies.always(lies.slips),
}


def front(index):
    """An address for each lie of a list."""
    return f"127.0.{13 + index // 200}.{1 + index % 200}"


def configure(world, *also_ask, **zone):
    world.alnitak.settings["zone example.test"] = {
        "key": world.key_file, "primary": PRIMARY, "also_ask": list(also_ask), **zone}
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
        liars.put(LIAR).put(PRIMARY, back=world.primary.address)
        world.liars, world.old = liars, world.live_record()
        world.answer_before = dnsquery.ask(world.nsd.address, owner(), "TLSA").to_wire()
        configure(world, LIAR)
        world.alnitak.run("pre")
        world.certbot.renew()
        with audited(world, rate=2):
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
    world.liars.put(LIAR).put(PRIMARY)
    wait_for_caches(world)
    assert world.all_serve(world.old, world.live_record())
    return world


def wait_for_caches(world):
    """Until no cache holds a set without the new record; LIAR is in trouble then."""
    world.liars.put(LIAR)
    until = run_until(world, "caches")["until_ms"] / 1000
    world.liars.put(LIAR, lies.rcode(2))
    wait_until(lambda: time.time() > until + 1, "the caches to forget", 60)


def unchanged(world):
    """What a client sees, and where the links lead."""
    return (world.tlsa(), world.presented(),
            {part: world.alnitak.link(HOST, part).readlink()
             for part in ("cert", "chain", "fullchain", "privkey")},
            world.alnitak.snapshot())


def told_by_check(world, tellers):
    """What `check` says of each address: {address: (good, in words)}."""
    found = {}
    for finding in world.alnitak.findings(HOST, ok=(0, 2)):
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
    before, found = unchanged(world), {}

    def unheard():
        """Those whose words did not come in time, which is no lie of theirs."""
        return [at for at, name in tellers.items() if at not in found or
                (SILENT in found[at][1] and LIES.get(name, ("", ""))[1] != SILENT)]

    def all_heard():
        configure(world, *(ask := unheard()))
        found.update(told_by_check(world, ask))
        assert not unheard(), [tellers[at] for at in unheard()]
        return True
    wait_until(all_heard, "words from all who do not keep silent", 240)
    configure(world, LIAR)
    assert unchanged(world) == before
    return {tellers[address]: words for address, words in found.items()}


# What the primary may say to an update without having made it.
FORGERIES = {
    "unsigned NOERROR": (lambda key: forgery.unsigned(0), "accepts without a signature"),
    "unsigned FORMERR": (lambda key: forgery.unsigned(1), "FORMERR, unsigned"),
    "unsigned SERVFAIL": (lambda key: forgery.unsigned(2), "rcode 2"),
    "unsigned NOTIMP": (lambda key: forgery.unsigned(4), "NOTIMP, unsigned"),
    "unsigned REFUSED": (lambda key: forgery.unsigned(5), "REFUSED, unsigned"),
    "unsigned NXRRSET": (lambda key: forgery.unsigned(8), "rcode 8"),
    "unsigned NOTAUTH": (lambda key: forgery.unsigned(9), "NOTAUTH, unsigned"),
    "SERVFAIL": (lambda key: forgery.signed(key, 2), "SERVFAIL"),
    "REFUSED": (lambda key: forgery.signed(key, 5), "REFUSED"),
    "another secret": (lambda key: forgery.signed(key, secret="c2VjcmV0" * 6), "believed"),
    "another name": (lambda key: forgery.signed(key, name="other.example.test"), "believed"),
    "another algorithm": (lambda key: forgery.signed(key, algorithm="hmac-sha512"), "believed"),
    "an hour ago": (lambda key: forgery.signed(key, time=int(time.time()) - 3600), "believed"),
    "in an hour": (lambda key: forgery.signed(key, time=int(time.time()) + 3600), "believed"),
    "years ago": (lambda key: forgery.signed(key, time=946684800), "believed"),
    "no MAC": (lambda key: forgery.signed(key, mac=lambda mac: b""), "believed"),
    "half a MAC": (lambda key: forgery.signed(key, mac=lambda mac: mac[:16]), "believed"),
    "one bit": (lambda key: forgery.signed(key, mac=lambda mac: mac[:-1] + b"!"), "believed"),
    "class IN": (lambda key: forgery.signed(key, kind=1), "believed"),
    "TTL 1": (lambda key: forgery.signed(key, ttl=1), "believed"),
    "another original ID": (lambda key: forgery.signed(key, id=1), "believed"),
    "signed twice": (forgery.twice_signed, "believed"),
    "a record after": (lambda key: forgery.signed(key, change=forgery.record_after), "believed"),
    "of another update": (forgery.wrong_request_mac, "believed"),
    "recorded": (lambda key: forgery.recorded([], key), "believed"),
    "65535 octets": (lambda key: forgery.largest, "no correct DNS message"),
    "garbage": (lambda key: forgery.garbage, "broke off"),
    "hangs up": (lambda key: forgery.hang_up, "broke off"),
    "half an answer": (lambda key: forgery.half_an_answer, "broke off"),
    "wrong ID": (lambda key: forgery.wrong_id(key), "broke off|no DNS message"),
    "done, it says": (forgery.signed, "does not show it"),
    "silence": (lambda key: forgery.never, "is silent"),
}


def line_about(done, address):
    """The one line that names ADDRESS, beside the end of an earlier alarm."""
    lines = [line for line in text_of(done).splitlines()
             if address in line and ": over: " not in line]
    assert len(lines) == 1, text_of(done)
    return lines[0]


@pytest.mark.parametrize("name", FORGERIES)
def test_an_update_is_not_believed_done(unpublished, name):
    world, (lie, says) = unpublished, FORGERIES[name]
    before = unchanged(world)
    world.liars.put(PRIMARY, lie(world.key))
    done = world.alnitak.run("-L", "verbose", "run", ok=(0, 1))
    assert re.search(says, line_about(done, PRIMARY)), text_of(done)
    assert world.key.secret not in text_of(done)
    assert unchanged(world) == before


@pytest.mark.parametrize("name", LIES)
def test_a_lie_is_called_by_its_name(said, name):
    good, words = said[name]
    assert not good
    assert re.search(LIES[name][1], words), words


@pytest.mark.parametrize("name", TRUTHS)
def test_an_odd_truth_is_true(said, name):
    good, words = said[name]
    assert good, words
    assert "TTL 2147483647" not in words


def test_an_answer_cut_at_every_place(pending):
    """Never good, never the end of alnitak, and always said of that address."""
    world = pending
    size = len(dnsquery.ask(world.nsd.address, owner(), "TLSA").to_wire())
    places = list(range(0, size + 60))
    for begin in range(0, len(places), 100):
        cuts = {front(at): lies.first(at) for at in places[begin:begin + 100]}
        for address, lie in cuts.items():
            world.liars.put(address, lie)
        configure(world, *cuts)
        found = told_by_check(world, cuts)
        assert set(found) == set(cuts)
        assert not [words for good, words in found.values() if good]
    configure(world, LIAR)


# Those that are no mere silence, which takes its time and is one to all.
QUICK = [name for name in LIES if LIES[name][1] not in (SILENT, NO_DNS)
         and name != "TCP: nothing listens"]


@pytest.mark.parametrize("name", [*QUICK, "wrong id", "too late over TCP"])
def test_nothing_is_released_on_a_lie(pending, name):
    """But for this one answer the release would come."""
    world, (lie, says) = pending, LIES[name]
    before = unchanged(world)
    world.liars.put(LIAR, lie)
    done = world.alnitak.run("-L", "verbose", "run")
    line = line_about(done, LIAR)
    assert "waiting: " in line and re.search(says, line), line
    assert unchanged(world) == before


@pytest.mark.parametrize("name", [
    "not authoritative", "unsigned", "one more record", "SERVFAIL", "cut in a record",
    "TCP: hangs up", "TCP: wrong id"])
def test_the_release_asks_once_more_over_tcp(pending, name):
    """All is well over UDP: the last look is over TCP, and it counts."""
    world, (lie, says) = pending, LIES[name]
    before = unchanged(world)
    world.liars.put(LIAR, only_over_tcp(lie))

    def asked():
        """Where an earlier lie contradicted the truth, four looks come first."""
        done = world.alnitak.run("-L", "verbose", "run")
        return done if LIAR in text_of(done) else None
    line = line_about(wait_until(asked, "the last look", 60, every=0.5), LIAR)
    assert "waiting: " in line and re.search(says, line), line
    assert unchanged(world) == before


@pytest.mark.parametrize("lie", [
    lies.replay, lambda old: only_over_tcp(lies.replay(old)),
    lambda old: telling.alternate(lies.replay(old), honest),
    lambda old: telling.at_random(lies.replay(old), honest)],
    ids=["always", "over TCP", "every other time", "at random"])
def test_no_release_while_the_old_is_told_again(pending, lie):
    """A machine that was forgotten, alone or beside others at the same address: its
    signatures are good. Each such answer starts the wait again."""
    world, said = pending, ""
    before = unchanged(world)
    world.liars.put(LIAR, lie(world.answer_before))

    def nothing_released():
        nonlocal said
        said += text_of(world.alnitak.run("-L", "verbose", "run"))
        return unchanged(world) == before
    holds(nothing_released, "nothing is released", 4, every=0.3)
    # Those told at random are not in every answer.
    wait_until(lambda: re.search(f"{LIAR} serves .3 1 1 {world.old[6:14]}", said) or
               not nothing_released(), "the old set to be told", 60, every=0.3)
    assert unchanged(world) == before
    assert re.search(f"{LIAR} serves .3 1 1 {world.old[6:14]}", said), said
    wait_for_caches(world)


def test_lies_at_random(pending, request):
    """Another lie at each moment, on whatever is asked; --lies SECONDS says for how
    long. Nothing is released, every run ends in time, and what it saved can be read."""
    world, dice = pending, random.Random(time.time_ns())
    before, ends, runs = unchanged(world), time.time() + request.config.getoption("lies"), 0
    told = [lie for name, (lie, _) in LIES.items() if name != "TCP: nothing listens"]
    forged = [make(world.key) for make, _ in FORGERIES.values()]
    while time.time() < ends:
        world.liars.put(LIAR, dice.choice([
            dice.choice(told), telling.alternate(*dice.sample(told, 3)),
            lies.always(dice.choice([lies.garbage, lies.never, octets(lies.trailing),
                                     octets(lies.wrong_id), lies.rcode(5)]))]))
        world.liars.put(PRIMARY, dice.choice(forged))
        begun = time.time()
        done = world.alnitak.run("-L", "verbose", "run", ok=(0, 1))
        assert time.time() - begun < RUN_SECONDS
        assert "cannot be read" not in text_of(done), text_of(done)
        assert unchanged(world) == before, text_of(done)
        runs += 1
    assert runs
    world.liars.put(LIAR, lies.rcode(2)).put(PRIMARY)


def test_once_the_lies_end_the_release_comes(pending):
    """All the rest of the rollover, with odd truths until its end."""
    world = pending
    world.liars.put(LIAR, lies.flood)
    world.run_until_finished(90)

# SPDX-License-Identifier: MIT
"""Replies to dynamic updates, signed and sealed, and what is wrong with them."""

import base64
import hashlib
import hmac
import struct
import time

import dns.name

from .liar import about, honest, question_end

LATER = 35          # seconds: longer than anyone waits for the answer to an update
ANY, TSIG = 255, 250


def name_end(data, at):
    while 0 < data[at] < 0xc0:
        at += 1 + data[at]
    return at + (2 if data[at] else 1)


def last_record(data):
    """Where the last record of a whole message begins, and where its RDATA."""
    questions, *counts = struct.unpack("!4H", data[4:12])
    at, begin = 12, None
    for _ in range(questions):
        at = name_end(data, at) + 4
    for _ in range(sum(counts)):
        begin, fixed = at, name_end(data, at)
        at = fixed + 10 + int.from_bytes(data[fixed + 8:fixed + 10], "big")
    return begin, fixed + 10


def mac_of(data):
    """The MAC in the signature, which is the last record of DATA."""
    at = name_end(data, last_record(data)[1]) + 8
    return data[at + 2:at + 2 + int.from_bytes(data[at:at + 2], "big")]


def stripped(data):
    """DATA without its last record, the signature."""
    count = int.from_bytes(data[10:12], "big") - 1
    return data[:10] + count.to_bytes(2, "big") + data[12:last_record(data)[0]]


def sign(reply, key, request_mac, **other):
    """REPLY with a TSIG record by KEY; OTHER says what shall be different in it."""
    signed = {"name": key.name, "algorithm": key.algorithm, "secret": key.secret,
              "time": int(time.time()), "fudge": 300, "error": 0, "kind": ANY, "ttl": 0,
              "mac": None, "id": int.from_bytes(reply[:2], "big"), **other}
    owner = dns.name.from_text(signed["name"]).to_wire()
    algorithm = dns.name.from_text(signed["algorithm"]).to_wire()
    times = struct.pack("!HIH", signed["time"] >> 32, signed["time"] & 0xffffffff,
                        signed["fudge"])
    rest = struct.pack("!HH", signed["error"], 0)
    digested = (struct.pack("!H", len(request_mac)) + request_mac + reply + owner +
                struct.pack("!HI", ANY, 0) + algorithm + times + rest)
    digest = getattr(hashlib, signed["algorithm"].removeprefix("hmac-"))
    mac = hmac.new(base64.b64decode(signed["secret"]), digested, digest).digest()
    mac = mac if signed["mac"] is None else signed["mac"](mac)
    data = (algorithm + times + struct.pack("!H", len(mac)) + mac +
            struct.pack("!H", signed["id"]) + rest)
    record = owner + struct.pack("!HHIH", TSIG, signed["kind"], signed["ttl"],
                                 len(data)) + data
    return counted(reply) + record


def counted(reply):
    """REPLY with one more additional record in its header."""
    count = int.from_bytes(reply[10:12], "big") + 1
    return reply[:10] + count.to_bytes(2, "big") + reply[12:]


def plain(query, code=0):
    """A bare reply to the UPDATE in QUERY: header and zone section."""
    end = question_end(query)
    return query[:2] + struct.pack("!HHHHH", 0xa800 | code, 1, 0, 0, 0) + query[12:end]


def update(lie):
    return about("UPDATE")(lie)


def unsigned(code=0):
    """No signature, and nothing done."""
    async def lie(say):
        say.send(plain(say.query, code))
    return update(lie)


def signed(key, code=0, change=None, **other):
    """Nothing done, and signed with KEY, but for what OTHER says."""
    async def lie(say):
        reply = sign(plain(say.query, code), key, mac_of(say.query), **other)
        say.send(change(reply) if change else reply)
    return update(lie)


def wrong_request_mac(key):
    """The answer to some other update of ours."""
    async def lie(say):
        say.send(sign(plain(say.query), key, bytes(32)))
    return update(lie)


def recorded(tape, key):
    """An answer of the true server to an earlier update, its ID made to fit."""
    async def lie(say):
        if not tape:
            tape.append(sign(plain(say.query), key, mac_of(say.query)))
        say.send(say.query[:2] + tape[0][2:])
    return update(lie)




def twice_signed(key):
    async def lie(say):
        once = sign(plain(say.query), key, mac_of(say.query))
        say.send(sign(once, key, mac_of(say.query)))
    return update(lie)


def record_after(reply):
    """An A record behind the signature."""
    return counted(reply) + b"\0" + struct.pack("!HHIH", 1, 1, 0, 4) + bytes(4)


def wrong_id(key):
    """The right answer under a wrong ID; and nothing more."""
    async def lie(say):
        reply = sign(plain(say.query), key, mac_of(say.query))
        say.send(bytes([reply[0] ^ 1]) + reply[1:])
        say.hang_up()
    return update(lie)


@update
async def never(say):
    await say.wait(LATER)


@update
async def hang_up(say):
    say.hang_up()


@update
async def half_an_answer(say):
    answer = plain(say.query)
    say.raw(len(answer).to_bytes(2, "big") + answer[:20])
    say.hang_up()


@update
async def done_and_hang_up(say):
    """The update is made, and its answer is lost."""
    await say.truth()
    say.hang_up()


@update
async def done_but_unsigned(say):
    say.send(stripped(await say.truth()))


@update
async def garbage(say):
    say.send(bytes(range(200)))
    say.hang_up()


@update
async def largest(say):
    say.raw(b"\xff\xff" + plain(say.query).ljust(65535, b"\0"))


def twice(make):
    """The true answer after a false one on the same connection."""
    async def lie(say):
        await make(say)
        await honest(say)
    return update(lie)

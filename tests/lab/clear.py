# SPDX-License-Identifier: MIT
"""What clients say in the clear before TLS, on the ports of mail and chat.

Written by itself, from the RFCs; the program's own dialogues are no part of it.
"""

import functools

STARTTLS = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"


class Farewell(OSError):
    """Instead of a greeting: the server is being reloaded, come again."""


def greeting(plain, good, *farewells):
    got = read_until(plain, good, *farewells)
    if good not in got:
        raise Farewell(f"{got[-200:]!r}")


def read_until(plain, *ends):
    """What comes, until one of ENDS was seen in a whole line or element."""
    got = b""
    while not any(end in got for end in ends):
        piece = plain.recv(4096)
        if not piece or len(got) > 65536:
            raise OSError(f"no {ends} in {got[-200:]!r}")
        got += piece
    return got


def say(plain, words, *ends):
    plain.sendall(words.encode())
    return read_until(plain, *ends)


def smtp(plain, name):
    greeting(plain, b"220 ", b"421 ")
    if b"STARTTLS" not in say(plain, "EHLO client.test\r\n", b"\r\n250 "):
        raise OSError("no STARTTLS is offered")
    say(plain, "STARTTLS\r\n", b"220 ")


def imap(plain, name):
    greeting(plain, b"* OK", b"* BYE")
    say(plain, "1 STARTTLS\r\n", b"1 OK")


def pop3(plain, name):
    greeting(plain, b"+OK", b"-ERR")
    say(plain, "STLS\r\n", b"+OK")


def sieve(plain, name):
    greeting(plain, b"\nOK", b"BYE")
    say(plain, "STARTTLS\r\n", b"OK")


def xmpp(kind, plain, name):
    say(plain, f"<?xml version='1.0'?><stream:stream to='{name}' xmlns='jabber:{kind}' "
        "xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>",
        b"</stream:features>")
    say(plain, STARTTLS, b"<proceed")


BEFORE_TLS = {25: smtp, 587: smtp, 143: imap, 110: pop3, 4190: sieve,
              5222: functools.partial(xmpp, "client"),
              5269: functools.partial(xmpp, "server")}

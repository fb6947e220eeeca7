# SPDX-License-Identifier: MIT
"""What goes wrong at a primary, for a while: each fault is entered with a Site of
lab.primaries, and is over when it is left."""

import contextlib
import sqlite3

import dns.rcode

from .nameservers import Key, skewed
from .proxy import Proxy

FRONT = "127.0.10.30"


@contextlib.contextmanager
def started(proxy):
    try:
        yield proxy.start()
    finally:
        proxy.stop()


@contextlib.contextmanager
def zone_setting(here, **settings):
    before = dict(here.settings)
    here.settings.update(settings)
    here.alnitak.configure()
    try:
        yield
    finally:
        here.settings.clear()
        here.settings.update(before)
        here.alnitak.configure()


def with_key(here, key):
    return zone_setting(here, key=key.write(here.base / "bad"))


def wrong_secret(here):
    return with_key(here, Key(here.key.name))


def wrong_name(here):
    return with_key(here, Key("nobody.key.test", here.key.algorithm, here.key.secret))


def wrong_algorithm(here):
    return with_key(here, Key(here.key.name, "hmac-sha512", here.key.secret))


def not_granted(here):
    return with_key(here, here.world.stranger)


def granted_elsewhere(here):
    return with_key(here, here.world.keys["hmac-sha1"])


@contextlib.contextmanager
def skewed_clock(here):
    here.server.restart(**skewed(1000))
    try:
        yield
    finally:
        here.server.restart()


def not_its_zone(here):
    return zone_setting(here, primary=here.world.root.address)


@contextlib.contextmanager
def another_behind_tcp(here, other):
    """Questions reach the right server; the update, another that has the key."""
    proxy = Proxy(FRONT, here.server.address, tcp_back=here.world.primaries[other].address)
    with started(proxy), zone_setting(here, primary=FRONT):
        yield


def updates_reach_bind(here):
    return another_behind_tcp(here, "bind")


def updates_reach_knot(here):
    return another_behind_tcp(here, "knot")


def updates_reach_powerdns(here):
    return another_behind_tcp(here, "powerdns")


@contextlib.contextmanager
def frozen(here):
    here.server.freeze()
    try:
        yield
    finally:
        here.server.thaw()


@contextlib.contextmanager
def journal_unwritable(here):
    journal, aside = (here.server.dir / f"{here.zone}.zone{end}" for end in (".jnl", ".aside"))
    journal.rename(aside)
    journal.mkdir()
    try:
        yield
    finally:
        journal.rmdir()
        aside.rename(journal)


@contextlib.contextmanager
def keys_gone(here):
    keys, aside = here.server.dir / "db/keys", here.server.dir / "db/aside"
    keys.rename(aside)
    try:
        yield
    finally:
        aside.rename(keys)


def statement(database, sql):
    connection = sqlite3.connect(database)
    connection.execute(sql)
    connection.commit()
    connection.close()


@contextlib.contextmanager
def backend_fails(here):
    statement(here.server.database, "CREATE TRIGGER full BEFORE INSERT ON records "
                                    "BEGIN SELECT RAISE(ABORT, 'disk full'); END")
    try:
        yield
    finally:
        statement(here.server.database, "DROP TRIGGER full")


def server_fails(here):
    return {"bind": journal_unwritable, "knot": keys_gone,
            "powerdns": backend_fails}[here.name](here)


@contextlib.contextmanager
def server_setting(here, name, value):
    before = dict(here.server.settings)
    here.server.settings[name] = value
    here.server.restart()
    try:
        yield
    finally:
        here.server.settings = before
        here.server.restart()


def no_dnsupdate(here):
    return server_setting(here, "dnsupdate", "no")


def not_from_here(here):
    return server_setting(here, "allow-dnsupdate-from", "192.0.2.0/24")


def update_in(data):
    """DATA, a datagram or a message over TCP, without its length, if an UPDATE."""
    if int.from_bytes(data[:2], "big") == len(data) - 2:
        data = data[2:]
    return data if data[2] >> 3 & 15 == 5 else None


@contextlib.contextmanager
def editor_at_work(here, *changes):
    """CHANGES come to the server just before alnitak's first update. Gives, for
    each of its updates, the response code and what is served then."""
    edits, replies = [*changes], []

    def hook(data, towards_server):
        message = update_in(data)
        while message and towards_server and edits:
            here.edit(edits.pop(0))
        if message and not towards_server:
            replies.append((dns.rcode.to_text(message[3] & 15), here.served()))
        return data
    proxy = Proxy(FRONT, here.server.address, hook=hook)
    with started(proxy), zone_setting(here, primary=FRONT):
        yield replies
    assert not edits, "there was no update"

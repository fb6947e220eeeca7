# SPDX-License-Identifier: MIT
"""What `alnitak setup` prints, as it is printed: real name servers and services take it,
and a name server lets the key do what it is for and nothing else."""

import re
import shutil
import sqlite3
from pathlib import Path

import dns.exception
import pytest

from lab import dnsquery
from lab.base import Server, run, wait_until
from lab.client import fingerprint, handshake
from lab.mail import Dovecot, Postfix
from lab.nameservers import Key
from lab.nameservers_powerdns import SCHEMA
from lab.web import Nginx
from lab.world import HOST, leaf, owner

SERVER = "127.0.0.1"
SHELL = "as root, in a shell"
DATA = f"3 1 1 {'5b' * 32}"
# Of all ports: to the grants the asterisk is a name like any other.
OWNERS = {"example.test": [owner("mail.example.test", 25), "*._tcp.mail.example.test."],
          "example.org": [owner("www.example.org", 443)]}


def pieces(text):
    """[(where, what)] in the order in which they are printed."""
    parts = re.split(r"^# ---- (.*)\n", re.sub(r"^# ====.*\n", "", text, flags=re.M),
                     flags=re.M)[1:]
    return list(zip(parts[::2], parts[1::2]))


def inside(printed, where):
    return "".join(what for place, what in printed if place.startswith(where))


def type_in(printed, *stop):
    for where, what in printed:
        if where.startswith(SHELL) and not any(word in what for word in stop):
            run("sh", "-euc", what)


class Packaged(Server):
    """A name server with its configuration where the package has it."""

    zones = tuple(OWNERS)

    def ready(self):
        return all(dnsquery.serial(SERVER, zone, timeout=0.3) for zone in self.zones)


class Named(Packaged):

    def command(self):
        return ["/usr/sbin/named", "-f", "-u", "bind"]


class Knotd(Packaged):

    def command(self):
        return ["/usr/sbin/knotd", "-c", "/etc/knot/knot.conf"]


class Pdns(Packaged):

    def command(self):
        return ["/usr/sbin/pdns_server", "--daemon=no", "--guardian=no"]


@pytest.fixture
def place(alone):
    """Two zones, one key that is not there yet; and the directories of the packages, as
    they are but for this test alone."""
    places = [Path(where) for where in ("/etc/bind", "/var/lib/bind", "/var/cache/bind",
                                        "/etc/knot", "/etc/powerdns")]
    for where in places:
        kept = alone.base / "kept"
        run("cp", "-a", where, kept)
        run("mount", "-t", "tmpfs", "none", where)
        run("cp", "-aT", kept, where)
        shutil.rmtree(kept)
    yield alone
    for where in places:
        run("umount", where)


def configure(alnitak, key):
    alnitak.settings.pop("key")
    return alnitak.configure(**{
        **{f"zone {zone}": {"key": key} for zone in OWNERS},
        f"target {HOST}": {"tlsa": ["311 25", "311 *", "311 443 www.example.org"],
                           "reload": "true"}})


def told(alnitak, *words):
    return pieces(alnitak.run("setup", *words).stdout)


def zone_file(directory, zone, user):
    path = Path(directory) / f"{zone}.zone"
    path.write_text("$TTL 5\n@ SOA ns h 1 9 9 999 5\n@ NS ns\nns A 127.0.0.1\n"
                    "mail A 127.0.0.1\nwww A 127.0.0.1\n")
    shutil.chown(path, user)
    return path


def is_refused(key, zone, *change):
    try:
        dnsquery.update(SERVER, zone, change, key=key)
    except (OSError, dns.exception.DNSException):
        return True
    return False


def key_in(path, pattern):
    return Key("alnitak", "hmac-sha256", re.search(pattern, path.read_text())[1])


def does_what_it_is_for(key, refused=True):
    """Every owner, and no other name, type or zone."""
    for zone, owners in OWNERS.items():
        for name in owners:
            assert not is_refused(key, zone, "add", name, 5, "TLSA", DATA)
            assert dnsquery.records(SERVER, name, "TLSA") == [DATA]
        for name, kind, data in ((f"_26._tcp.mail.{zone}.", "TLSA", DATA),
                                 (f"x.{owners[0]}", "TLSA", DATA),
                                 (f"mail.{zone}.", "TLSA", DATA),
                                 (owners[0], "TXT", "no"), (f"mail.{zone}.", "A", "192.0.2.1")):
            before = dnsquery.records(SERVER, name, kind)
            assert is_refused(key, zone, "add", name, 5, kind, data) == refused, (name, kind)
            assert dnsquery.records(SERVER, name, kind) == before
    for other in (Key("alnitak", "hmac-sha256"), None):
        name = OWNERS["example.test"][0]
        assert is_refused(other, "example.test", "delete", name)
        assert dnsquery.records(SERVER, name, "TLSA") == [DATA]


def knows_the_key(alnitak, path, *words):
    """Printed again, it is the key that is there."""
    assert f"The key alnitak (hmac-sha256) is in {path}" in re.sub(
        r"\n# ", " ", alnitak.run("setup", *words).stdout)


def test_bind(place):
    key = Path("/etc/bind/alnitak.key")
    printed = told(configure(place, key))
    assert not any("knot" in where or "powerdns" in where for where, _ in printed)
    type_in([piece for piece in printed if "tsig-keygen" in piece[1]])
    local = "/etc/bind/named.conf.local"
    clauses = "".join(what for where, what in printed if where == local)
    for zone in OWNERS:
        path = zone_file("/var/lib/bind", zone, "bind")
        clauses += (f'zone "{zone}" {{ type primary; file "{path}";\n'
                    + inside(printed, f'{local}, in the clause zone "{zone}"') + "};\n")
    Path(local).write_text(clauses)
    run("install", "-d", "-o", "bind", "-g", "bind", "/run/named")
    if not Path("/etc/bind/rndc.key").exists():
        run("rndc-confgen", "-a", "-u", "bind")
    named = Named("named", SERVER, place.base).start()
    try:
        type_in([piece for piece in printed if "rndc" in piece[1]])
        does_what_it_is_for(key_in(key, r'secret "(.*)"'))
    finally:
        named.stop()
    assert (key.stat().st_mode & 0o777, key.owner(), key.group()) == (0o640, "root", "bind")
    knows_the_key(place, key)


def test_knot(place):
    key = place.base / "alnitak.key"
    printed = told(configure(place, key.with_name("there.key")), "--server=knot")
    assert not any("bind" in where or "Postfix" in where for where, _ in printed)
    type_in([piece for piece in printed if "keymgr" in piece[1]])
    Path("/run/knot").mkdir(exist_ok=True)
    before = "".join(what for where, what in printed if "before" in where)
    zones = ""
    for zone in OWNERS:
        path = zone_file(place.base, zone, "knot")
        zones += f"  - domain: {zone}\n    file: {path}\n    acl: transfer\n" + inside(
            printed, f"/etc/knot/knot.conf, in the item of `zone` with domain: {zone}")
    Path("/etc/knot/knot.conf").write_text(f"""
server:
    listen: {SERVER}@53
database:
    storage: {place.base}/db
{before}
acl:
  - id: transfer
    address: 192.0.2.1
    action: transfer
zone:
{zones}""")
    (place.base / "db").mkdir()
    knotd = Knotd("knotd", SERVER, place.base).start()
    try:
        type_in([piece for piece in printed if "knotc" in piece[1]])
        does_what_it_is_for(key_in(key.with_name("there.key"), r"secret: (.*)"))
    finally:
        knotd.stop()
    knows_the_key(place, key.with_name("there.key"), "--server=knot")


def test_powerdns(place):
    """A change that is not allowed is passed over; PowerDNS knows nothing else."""
    key = Path("/etc/powerdns/alnitak.key")
    printed = told(configure(place, key))
    database = place.base / "pdns.sqlite3"
    with sqlite3.connect(database) as schema:
        schema.executescript(SCHEMA.read_text())
    schema.close()
    Path("/etc/powerdns/pdns.d").mkdir(exist_ok=True)
    for old in Path("/etc/powerdns/pdns.d").iterdir():
        old.unlink()
    Path("/etc/powerdns/pdns.conf").write_text(
        f"launch=gsqlite3\ngsqlite3-database={database}\nsecurity-poll-suffix=\n"
        f"socket-dir={place.base}\nlocal-address={SERVER}\n"
        "include-dir=/etc/powerdns/pdns.d\n")
    for zone in OWNERS:
        run("pdnsutil", "load-zone", zone, zone_file(place.base, zone, "root"))
    for where, what in printed:
        if where.startswith("/etc/powerdns/"):
            Path(where).write_text(what)
    type_in(printed, "systemctl", "alnitak")
    type_in([piece for piece in printed if "pdnsutil" in piece[1]])
    pdns = Pdns("pdns", SERVER, place.base).start()
    try:
        does_what_it_is_for(key_in(key, r"(\S+)\n"), refused=False)
    finally:
        pdns.stop()
    knows_the_key(place, key)


# ---- Services ------------------------------------------------------------------

DOVECOT = tuple(map(int, re.findall(r"\d+", run("/usr/sbin/dovecot", "--version").stdout)[:3]))


class PostfixAsPrinted(Postfix):

    def configure(self):
        super().configure()
        path = self.dir / "main.cf"
        path.write_text(re.sub(r"smtpd_tls_.*\n", "", path.read_text()) + self.printed)


class DovecotAsPrinted(Dovecot):

    ports = (143, 993)

    def configure(self):
        super().configure()
        if DOVECOT >= (2, 4):
            self.configure_anew()

    def configure_anew(self):
        """In the words of 2.4."""
        version = ".".join(map(str, DOVECOT))
        (self.dir / "dovecot.conf").write_text(f"""
dovecot_config_version = {version}
dovecot_storage_version = {version}
base_dir = {self.dir}/run
state_dir = {self.dir}/state
log_path = /dev/stderr
listen = {self.address}
protocols {{
  imap = yes
}}
{self.printed}
mail_driver = maildir
mail_path = {self.dir}/mail
passdb static {{
  password = none
}}
userdb static {{
  fields {{
    uid = nobody
    gid = nogroup
    home = {self.dir}/home
  }}
}}
""")

    def pairs(self):
        return self.printed


class NginxAsPrinted(Nginx):

    def pair(self, lineage):
        return self.printed


def test_services(alone):
    alone.configure(**{f"target {HOST}": {"tlsa": ["311 465", "311 993", "311 443"],
                                          "reload": "true"}}).run("init")
    printed = told(alone, "--service=postfix,dovecot,nginx", HOST)
    assert not any("Apache" in where or "exim" in where for where, _ in printed)
    assert 'reload = "systemctl reload postfix dovecot nginx"' in printed[-1][1]
    dovecot = "2.4 (Debian 13)" if DOVECOT >= (2, 4) else "2.3 (Debian 12)"
    directory = alone.dane / HOST
    servers = [(PostfixAsPrinted("postfix", SERVER, alone.base, directory), 465,
                "/etc/postfix/main.cf"),
               (DovecotAsPrinted("dovecot", SERVER, alone.base, directory), 993,
                f"/etc/dovecot/conf.d/10-ssl.conf, Dovecot {dovecot}"),
               (NginxAsPrinted("nginx", alone.base, alone.dane, [(HOST, SERVER, 443)]), 443,
                "nginx, in the block `server`")]
    for server, port, where in servers:
        server.printed = inside(printed, where)
        assert server.printed, where
        server.start()
        try:
            wait_until(lambda: fingerprint(handshake(SERVER, port, HOST))
                       == leaf(alone.link(HOST)), f"{server.name} to present it")
        finally:
            server.stop()

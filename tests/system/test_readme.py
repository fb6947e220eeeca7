# SPDX-License-Identifier: MIT
"""README, step 2, word by word: Debian's named, as the user bind, takes the key."""

import re
import shutil
from pathlib import Path

import pytest

from lab import dnsquery
from lab.base import Server, run

README = Path(__file__).parents[2] / "README"
OWNER = "_25._tcp.mail.example.com."
SERVER = "127.0.0.1"
TLSA = f"3 1 1 {'5b' * 32}"
# Of Debian's AppArmor profile for named, which nothing enforces here.
READABLE = ("/etc/bind/", "/var/lib/bind/")


def pieces():
    """What the step has to be typed, and what goes into named.conf.local."""
    step = README.read_text().partition("\n2. ")[2].partition("\n3. ")[0]
    return ["".join(line[7:] + "\n" for line in piece.strip("\n").split("\n"))
            for piece in re.findall(r"(?:^ {7}.*\n)+", step, re.M)]


class Packaged(Server):
    """named as Debian's unit starts it, with the configuration in /etc/bind."""

    def command(self):
        return ["/usr/sbin/named", "-f", "-u", "bind"]

    def ready(self):
        return dnsquery.serial(SERVER, "example.com.", timeout=0.3)


@pytest.fixture
def debian(alone):
    """Directories of the package, as they are but for this test alone."""
    places = [Path(place) for place in ("/etc/bind", "/var/lib/bind", "/var/cache/bind")]
    for place in places:
        kept = alone.base / place.name
        run("cp", "-a", place, kept)
        run("mount", "-t", "tmpfs", "none", place)
        run("cp", "-aT", kept, place)
        shutil.rmtree(kept)
    run("install", "-d", "-o", "bind", "-g", "bind", "/run/named")
    yield alone
    for place in places:
        run("umount", place)


def zone_text():
    return ("$TTL 5\n@ SOA ns h 1 9 9 999 5\n@ NS ns\nns A 127.0.0.1\nmail A 127.0.0.1\n")


def test_bind_takes_the_key(debian):
    commands, clauses = pieces()[:2]
    assert all(path.startswith(READABLE) for path in re.findall(r'"(/.*)"', clauses))
    run("sh", "-euc", commands)
    key = Path("/etc/bind/alnitak.key")
    Path("/etc/bind/named.conf.local").write_text(clauses)
    Path("/var/lib/bind/example.com.zone").write_text(zone_text())
    shutil.chown("/var/lib/bind/example.com.zone", "bind", "bind")
    run("named-checkconf")
    named = Packaged("named", SERVER, debian.base).start()
    try:
        for owner, ok in ((OWNER, 0), (f"other.{OWNER}", 2)):
            script = debian.base / "nsupdate"
            script.write_text(f"server {SERVER}\nupdate add {owner} 5 TLSA {TLSA}\nsend\n")
            run("nsupdate", "-k", key, script, ok=(ok,))
        assert dnsquery.records(SERVER, OWNER, "TLSA") == [TLSA]
    finally:
        named.stop()
    debian.configure(key=key).run("configtest")

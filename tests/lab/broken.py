# SPDX-License-Identifier: MIT
"""A host with a web and a mail server, and the ways in which such a set-up breaks.

Each way is entered with the host, and is over when it is left. It gives what an
operator is told of it: see Told.
"""

import contextlib
import functools
import json
import re
from dataclasses import dataclass

from . import dnsquery
from .base import run, wait_until
from .client import fingerprint, handshake
from .lineage import Lineage
from .mail import Postfix
from .nameservers import Key, Nsd, delegate, skewed
from .signing import Views, sign, transfer
from .web import self_signed
from .world import HOST, SERVICE, ZONE, World, leaf, owner, record

PORTS = 443, 25
TTL = 1
LONG = 3600         # seconds; no wait of the lab is over before that
ASKED = "127.0.11.30"
WRONG = f"3 1 1 {'5b' * 32}"
OWNERS = rf"_({'|'.join(map(str, PORTS))})\._tcp\.{re.escape(HOST)}\."


@dataclass
class Told:
    """Regular expressions of what is said while something is broken."""
    check: str              # the first line of check, after "NAME: SUBJECT" as well
    status: int = 2         # .. and its exit status
    alarm: str = ""         # of runs, of status, of the journal, of notify; "": no
                            # run can see it
    is_late: bool = False   # .. after six hours, for it may end by itself
    host: bool = False      # status says it of the host, as check does
    is_kept: bool = True    # something can be written down


def put_hooks(world):
    for word in ("pre", "deploy", "post"):
        hook = world.certbot.dir / f"renewal-hooks/{word}/alnitak"
        hook.parent.mkdir(parents=True, exist_ok=True)
        hook.write_text(f"#!/bin/sh\nexec {world.alnitak.command(word)[0]} {word}\n")
        hook.chmod(0o755)


def long_ago(fields):
    """The times of a state, but for that of its saving, before the present."""
    def moved(name, value):
        if isinstance(value, list):
            return [moved(name, one) for one in value]
        is_time = name.endswith("_ms") and isinstance(value, int) and value > 10 ** 12
        return value - 3 * LONG * 1000 if is_time and "boot_id" not in fields else value
    return {name: moved(name, value) for name, value in fields.items()}


class Host(World):
    """Certificates are made by hand, as certbot lays them out: a renewal costs no
    more than a key."""

    def __init__(self):
        super().__init__(secondaries=(Nsd, Nsd), zone_ttl=TTL, record_ttl=TTL)
        self.lineage = Lineage(self.certbot.dir, HOST).renew()
        self.postfix = Postfix("postfix", SERVICE, self.base, self.alnitak.dane / HOST)
        self.by_port = {443: self.nginx, 25: self.postfix}
        self.status_file = self.base / "run/status.json"
        self.target()["tlsa"] = [f"311 {port}" for port in PORTS]
        self.alnitak.configure(status_file=self.status_file, recheck=1, margin=1)
        self.reload_by(*PORTS)

    def grants(self):
        return [f"{self.key.name} name {owner(HOST, port)} TLSA" for port in PORTS]

    @property
    def servers(self):
        more = [self.postfix] if hasattr(self, "postfix") else []
        return [server for server in super().servers if server is not self.pebble] + more

    def start(self):
        self.pebble.launch = self.pebble.wait_ready = lambda: None
        super().start()
        put_hooks(self)
        self.alnitak.run("init")
        self.nginx.start()
        self.postfix.start()
        self.run_until(self.is_done, "the first records")
        return self

    def reload_by(self, *ports):
        """Those that the reload concerns."""
        self.target()["reload"] = " && ".join(
            self.by_port[port].reload_command() for port in ports)
        self.alnitak.configure()

    # ---- Where it stands

    def served(self):
        return {(port, address): dnsquery.records(address, owner(HOST, port), "TLSA")
                for port in PORTS for address in self.addresses()}

    def all_have(self, *records):
        return all(found == sorted(records) for found in self.served().values())

    def records(self, *versions):
        return [record(self.lineage.path("cert", version)) for version in versions]

    def shown(self, port):
        return fingerprint(handshake(SERVICE, port, HOST))

    def is_done(self):
        """At rest, with the newest version and nothing else."""
        return (self.alnitak.at_rest(HOST)
                and self.all_have(*self.records(self.lineage.version))
                and all(self.shown(port) == leaf(self.lineage.path("cert")) for port in PORTS)
                and self.alnitak.stands(HOST)["step"] == "at rest")

    def state(self):
        return self.alnitak.state / f"targets/{HOST}.json"

    def is_stalled(self):
        """Something is waited for that has no known end."""
        return json.loads(self.state().read_text())["stalled_ms"] != 0

    def six_hours_pass(self):
        """.. and has been for so long."""
        state = json.loads(self.state().read_text())
        state["stalled_ms"] -= (6 * 3600 + 60) * 1000
        self.state().write_text(json.dumps(state))

    def caches_forget(self):
        """What was seen and done was so three times LONG ago."""
        state = json.loads(self.state().read_text(), object_hook=long_ago)
        self.state().write_text(json.dumps(state))
        self.resolver.restart()


# ---- The ways ------------------------------------------------------------------


def way(steps_of):
    """What is broken is mended, also when the test fails."""
    @contextlib.contextmanager
    @functools.wraps(steps_of)
    def entered(host):
        steps = steps_of(host)
        try:
            yield next(steps)
        finally:
            next(steps, None)
    return entered



@way
def no_ds(host):
    dnsquery.update(host.root.address, "test.", ("delete", ZONE, "DS"))
    host.resolver.restart()
    wait_until(lambda: not host.resolver.secure(ZONE, "SOA") or None, "no trust")
    says = "no DS at its parent, so no client .*: sign the zone and have the DS published"
    yield Told(check=rf"{HOST}: {OWNERS}: .*: {says}", alarm=says)
    delegate(host.root.address, ZONE, host.primary.address)
    host.resolver.restart()
    wait_until(lambda: host.resolver.secure(ZONE, "SOA"), "trust")


@way
def wrong_key(host):
    zone = host.alnitak.settings[f"zone {ZONE[:-1]}"]
    good, zone["key"] = zone["key"], Key(host.key.name).write(host.base / "wrong.key")
    host.alnitak.configure()
    says = (r"127\.0\.10\.2 .* has another secret for the key \(BADSIG\); .*: copy the secret "
            "of .* into the key file")
    yield Told(check=rf"{HOST}: update of {OWNERS}: .*{says}", alarm=says)
    zone["key"] = good
    host.alnitak.configure()


@way
def clock_off(host):
    """The primary's, by an hour; which one is wrong nobody can tell."""
    host.primary.restart(**skewed(-3600))
    says = (r"127\.0\.10\.2 .* has a clock (35[5-9]\d|360\d) s behind ours \(BADTIME\); .*: TSIG "
            "allows 300 s; let NTP set both clocks")
    yield Told(check=rf"{HOST}: update of {OWNERS}: .*{says}", alarm=says)
    host.primary.restart()


@way
def secondary_dead(host):
    host.nsd.stop()
    says = (r"nothing listens there \(connection refused\); want {.*}; what is dead for good is "
            "to leave the delegation, or to be named by ignore")
    yield Told(check=rf"{HOST}: {OWNERS} at 127\.0\.10\.3 ns2\..*: {says}",
               alarm=rf"ns2\..* 127\.0\.10\.3 {says}", is_late=True)
    host.nsd.start()


def expired_copy(host):
    return sign(transfer(host.primary.address, ZONE), ZONE, host.primary.dir,
                host.base / "expired", -7200, -3600)


@way
def signature_expired(host):
    """Of the copy that one server has: it is not of the delegation, or the resolver
    might meet it first, and nothing else would be told."""
    files = {ASKED: {ZONE: expired_copy(host)}}
    views = Views("expired-views", host.base, files).start()
    zone = host.alnitak.settings[f"zone {ZONE[:-1]}"]
    zone["also_ask"] = ASKED
    host.alnitak.configure()
    says = (r"unproven: DNSKEY: the signature has expired; want {.*}; clients refuse that: see "
            "that the zone's signer runs")
    yield Told(check=rf"{HOST}: {OWNERS} at {ASKED}.*{says}",
               alarm=rf"{ASKED} serves {{.*{says}", is_late=True)
    del zone["also_ask"]
    host.alnitak.configure()
    views.stop()
    run("rm", "-r", views.dir)


@way
def record_edited(host):
    """In place of all that was there. It is told as long as caches may have it, which
    is an hour here, by the margin."""
    host.alnitak.configure(margin=LONG)
    host.nsupdate(*(f"update delete {owner(HOST, port)} TLSA" for port in PORTS),
                  *(f"update add {owner(HOST, port)} {TTL} TLSA {WRONG}" for port in PORTS))
    wait_until(lambda: host.all_have(WRONG), "the edit")
    yield Told(check=rf"{HOST}: {OWNERS} at 127\.0\.10\.2 .*: serves {{3 1 1 5b5b5b5b..}}.*; want "
                     "{3 1 1 .*; alnitak run publishes what is missing",
               alarm="somebody changed the records, and none of them matched the certificate in "
                     "service; ours are published again, but clients may fail until")
    host.nsupdate(*(f"update delete {owner(HOST, port)} TLSA {WRONG}" for port in PORTS))
    wait_until(lambda: not any(WRONG in found for found in host.served().values()), "its end")
    host.caches_forget()


def present_another(host, port):
    """The service at PORT reads another certificate than that behind the links;
    returns how to end that."""
    other, server = host.base / f"other-{port}" / HOST, host.by_port[port]
    other.mkdir(parents=True, exist_ok=True)
    self_signed(other, SERVICE)
    (other / "cert.pem").rename(other / "fullchain.pem")
    (other / "key.pem").rename(other / "privkey.pem")
    kept, shown = server.certificates, host.shown(port)

    def read(certificates):
        server.certificates = certificates
        server.configure()
        server.reload()
    read(other.parent if port == 443 else (other,))
    wait_until(lambda: host.shown(port) != shown, "the other certificate")

    def mend():
        read(kept)
        wait_until(lambda: host.shown(port) == shown, "the right certificate")
    return mend


def another_presented_on(port):
    @way
    def broken(host):
        mend = present_another(host, port)
        says = rf"{HOST}\. \[{SERVICE}\]:{port} presents \S+ \(want \S+; "
        yield Told(check=rf"{HOST}: services: {says}let it load the files in "
                         rf"{host.alnitak.dane}/{HOST}, and reload it",
                   alarm=rf"{says}it does not load the files .*: let it use the links")
        mend()
    broken.__name__ = f"another_presented_on_{port}"
    return broken


def not_reloaded_on(port):
    """After a release: the reload concerns the other service alone."""
    @way
    def broken(host):
        old = host.shown(port)
        host.reload_by(*(one for one in PORTS if one != port))
        host.alnitak.configure(margin=1)
        host.run_until(lambda: host.alnitak.at_rest(HOST), "the release")
        says = rf"{HOST}\. \[{SERVICE}\]:{port} presents {old[:8]}\S* \(want \S+; "
        yield Told(check=rf"{HOST}: services: {says}let it load the files .*, and reload it",
                   alarm=rf"{says}the old records stay until it does: reload it", is_late=True)
        host.by_port[port].reload()
        host.reload_by(*PORTS)
    broken.__name__ = f"not_reloaded_on_{port}"
    return broken


@way
def hook_removed(host):
    (host.certbot.dir / "renewal-hooks/deploy/alnitak").unlink()
    yield Told(check="this host: hooks: certbot has no deploy hook .* install -m 755 .*/deploy/",
               status=1, host=True)
    put_hooks(host)


@way
def timer_disabled(host):
    """The last run was two hours ago."""
    left = json.loads(host.status_file.read_text())
    host.status_file.write_text(json.dumps({**left, "ms": left["ms"] - 2 * 3600 * 1000}))
    yield Told(check="this host: last run: it ended 2 h .*ago, .* want less than 15 min; .*timer",
               host=True)
    host.alnitak.run("run")


@way
def disk_full(host):
    state, small, large = host.alnitak.state, host.base / "small", host.base / "large"
    small.mkdir(exist_ok=True)
    large.mkdir(exist_ok=True)
    run("mount", "-t", "tmpfs", "-o", "size=200k,mode=711", "small", small)
    run("cp", "-a", f"{state}/.", small)
    run("mount", "--bind", state, large)
    run("mount", "--move", small, state)
    with contextlib.suppress(OSError), (state / "full").open("wb", 0) as file:
        while file.write(bytes(4096)):
            pass
    yield Told(check="this host: state directory: .* KiB free, want 16384: .*make room there",
               alarm=f"cannot write its state in {state}: No space left on device; when it can be",
               host=True, is_kept=False)
    (state / "full").unlink()
    run("cp", "-a", f"{state}/.", large)
    run("umount", state)
    run("umount", large)

# SPDX-License-Identifier: MIT
"""Postfix, Dovecot, nginx and Prosody on one host, each with a certificate of RSA
and one of ECDSA: every port is proven by itself, also where it starts in the clear."""

import contextlib

import pytest

from lab import dnsquery
from lab.base import holds, run, wait_until
from lab.client import KINDS, DaneClient, fingerprint, handshake
from lab.mail import Dovecot, Postfix, Prosody
from lab.web import Nginx
from lab.world import HOST, SERVICE, World, leaf, owner

OTHER = "other.example.test"
DOMAIN = Prosody.domain
PORTS = (*Postfix.ports, *Dovecot.ports, 443, *Prosody.ports)
CHAT = {port: f"{HOST}:{port} {DOMAIN}" for port in Prosody.ports}
PLACES = [CHAT.get(port, f"{HOST}:{port}") for port in PORTS]


def shown(port, kind):
    return fingerprint(handshake(SERVICE, port, DOMAIN if port in CHAT else HOST, KINDS[kind]))


class MailWorld(World):
    """The host has mail and chat beside its web server, and a target for each kind."""

    def grants(self):
        return [f"{self.key.name} name {owner(HOST, port)} TLSA" for port in PORTS]

    @property
    def servers(self):
        others = list(self.all.values()) if hasattr(self, "all") else []
        return super().servers + others

    def set_targets(self, **settings):
        for kind in KINDS:
            self.alnitak.settings[f"target {kind}"].update(settings)
        self.alnitak.configure()

    def set_up(self):
        links = [self.alnitak.dane / kind for kind in KINDS]
        self.nginx = Nginx("web", self.base, self.alnitak.dane,
                           [("+".join(KINDS), SERVICE, 443)])
        self.all = {kind.__name__.lower(): kind(kind.__name__, SERVICE, self.base, *links)
                    for kind in (Postfix, Dovecot, Prosody)}
        del self.alnitak.settings[f"target {HOST}"]
        for kind in KINDS:
            self.certbot.issue(kind, HOST, options=["--key-type", kind])
            self.alnitak.settings[f"target {kind}"] = {}
        self.set_targets(tlsa=[f"311 {port} tcp {HOST}" for port in PORTS], probe=PLACES)
        self.alnitak.run("init")
        for service in (self.nginx, *self.all.values()):
            service.start()
        self.all["nginx"] = self.nginx

    def reload_all_but(self, left_out=None):
        self.set_targets(reload=" && ".join(
            service.reload_command() for name, service in self.all.items()
            if name != left_out))

    def records(self):
        return sorted(self.live_record(kind) for kind in KINDS)

    def serve_everywhere(self, *expected):
        return all(dnsquery.records(address, owner(HOST, port), "TLSA") == sorted(expected)
                   for address in self.addresses() for port in PORTS)

    def live_leaves(self):
        return {kind: leaf(self.certbot.live(kind)) for kind in KINDS}

    def stand(self, what, of="reason"):
        return all(self.alnitak.stands(kind)[of] == what for kind in KINDS)

    @contextlib.contextmanager
    def audited(self):
        """Nobody who asks for a record first is ever turned away, at any port."""
        clients = [DaneClient(HOST, SERVICE, self.resolver.address, port, per_second=0.5,
                              ciphers=ciphers, domain=DOMAIN if port in CHAT else HOST).watch()
                   for port in PORTS for ciphers in KINDS.values()]
        yield clients
        for client in clients:
            client.stop()
            # Not what is held in the end: a cache may just have dropped it.
            assert client.unprotected < client.total, (client.port, str(client))
            assert not client.mismatches, (client.port, str(client))
            assert not client.errors and not client.refused, (client.port, str(client))


@pytest.fixture
def mail():
    world = MailWorld()
    try:
        world.start()
        world.set_up()
        world.reload_all_but()
        world.run_until(lambda: world.serve_everywhere(*world.records()), "the first records")
        world.run_until(lambda: world.stand("at rest", "step"), "rest")
        yield world
    finally:
        world.stop()
    assert not world.alnitak.sanitizer_findings()


@pytest.mark.parametrize("left_out", ["postfix", "dovecot", "nginx", "prosody"])
def test_a_service_that_is_not_reloaded_keeps_the_old_record(mail, left_out):
    """The reload returns 0, and one of the four goes on with the old certificates."""
    old, before = mail.records(), mail.live_leaves()
    mine = getattr(mail.all[left_out], "ports", (443,))
    mail.reload_all_but(left_out)
    with mail.audited() as clients:
        mail.renew()
        new, after = mail.records(), mail.live_leaves()
        mail.run_until(lambda: mail.stand("probe"), "the proof", 180)

        def both_stay():
            mail.alnitak.run("run")
            return mail.serve_everywhere(*old, *new)
        holds(both_stay, "the old records are up", 10, every=1)
        checked = mail.alnitak.run("check", ok=(2,)).stdout
        for kind in KINDS:
            told = (f"{HOST}. [{SERVICE}]:{mine[0]} presents {before[kind][:8]}.. "
                    f"(want {after[kind][:8]}..)")
            assert told in mail.alnitak.stands(kind)["line"]
            assert told in checked
            assert all(shown(port, kind) == (before if port in mine else after)[kind]
                       for port in PORTS)
        mail.all[left_out].reload()
        mail.run_until(lambda: mail.serve_everywhere(*new) and mail.stand("at rest", "step"),
                       seconds=180)
    assert all(shown(port, kind) == after[kind] for kind in KINDS for port in PORTS)
    assert {client.certificates[-1] for client in clients} == set(after.values())
    assert mail.alnitak.run("check").stdout.count("every one presents") == 2


def test_what_to_write_in_probe(mail):
    """A wrong guess; a domain that is not the host; a list that leaves out a port."""
    def check(places, status):
        mail.set_targets(probe=places)
        return mail.alnitak.run("check", ok=(status,)).stdout
    said = check([f"smtp:{HOST}:143"], 2)
    assert "does not speak smtp" in said and f'write "imap:{HOST}:143" in `probe`' in said
    said = check("auto", 2)
    assert f"does not serve {HOST}; write " in said
    assert f'"xmpp-client:{HOST}:5222 DOMAIN" in `probe`' in said
    rest = [place for place in PLACES if not place.endswith((":25", ":143", ":465"))]
    listed = [f"imap:{HOST}:143", f"tls:{SERVICE}:465", *rest]
    assert "every one presents" in check([*listed, f"smtp:{SERVICE}:25"], 0)
    assert "services: not probed: 25\n" in check(listed, 2)


def test_usage_2_wants_the_issuer_and_the_name(mail):
    """Postfix sends its issuer, and then no more; clients of 2 1 1 turn away."""
    postfix = mail.all["postfix"]
    mail.set_targets(tlsa=[f"211 25 tcp {HOST}"], probe=[f"{HOST}:25"])
    mail.run_until(lambda: mail.stand("at rest", "step"), "rest")
    assert mail.alnitak.run("check").stdout.count("every one presents") == 2
    run("/bin/sh", "-c", postfix.copy_command().replace("fullchain", "cert"))
    run("/usr/sbin/postfix", "-c", postfix.dir, "reload")

    def findings(ok=None):
        """Without the first line, which has the first of them once more."""
        return mail.alnitak.run("check", ok=ok).stdout.partition("\n")[2]
    wait_until(lambda: findings().count(
        "presents the wanted certificate without its issuer") == 2, "the missing issuer")
    postfix.reload()
    # The same service under a name that no certificate has.
    mail.set_targets(tlsa=[f"211 25 tcp {OTHER}"], probe=[f"{SERVICE}:25"])
    said = findings(ok=(2,))
    assert said.count(f"which is not for {OTHER}, but for {HOST}: clients of usage 2") == 2


def test_what_is_not_probed_is_never_good(mail):
    mail.set_targets(probe="off")
    ports = ", ".join(map(str, PORTS))
    assert f"----  services: not probed: {ports}" in mail.alnitak.run("check").stdout
    assert mail.alnitak.stands("rsa")["not_probed"] == ports
    said = mail.alnitak.run("status", "-v").stdout
    assert f"not probed: {ports}" in said and "presented" not in said

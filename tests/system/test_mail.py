# SPDX-License-Identifier: MIT
"""Postfix and Dovecot: ports that start in the clear are proven like others."""

import pytest

from lab import dnsquery
from lab.base import holds
from lab.client import fingerprint, handshake
from lab.mail import Dovecot, Postfix
from lab.world import HOST, SERVICE, World, leaf, owner

PORTS = Postfix.ports + Dovecot.ports


class MailWorld(World):
    """The host has mail services instead of a web server."""

    def grants(self):
        return [f"{self.key.name} name {owner(HOST, port)} TLSA" for port in PORTS]

    @property
    def servers(self):
        mail = [self.mail[name] for name in self.mail] if hasattr(self, "mail") else []
        return super().servers + mail

    def serve_mail(self):
        certificates = self.alnitak.dane / HOST
        self.mail = {"postfix": Postfix("postfix", SERVICE, self.base, certificates),
                     "dovecot": Dovecot("dovecot", SERVICE, self.base, certificates)}
        for service in self.mail.values():
            service.start()

    def reload_all_but(self, left_out=None):
        commands = [service.reload_command() for name, service in self.mail.items()
                    if name != left_out]
        self.target()["reload"] = " && ".join(commands)
        self.alnitak.configure()

    def serve_everywhere(self, *expected):
        return all(dnsquery.records(address, owner(HOST, port), "TLSA") == sorted(expected)
                   for address in self.addresses() for port in PORTS)


@pytest.fixture
def mail():
    world = MailWorld()
    try:
        world.start()
        world.issue_all()
        world.target()["tlsa"] = [f"311 {port}" for port in PORTS]
        world.alnitak.configure().run("init")
        world.serve_mail()
        world.reload_all_but()
        world.run_until(lambda: world.serve_everywhere(world.live_record()),
                        "the first records")
        world.run_until(lambda: world.alnitak.stands(HOST)["step"] == "at rest", "rest")
        yield world
    finally:
        world.stop()
    assert not world.alnitak.sanitizer_findings()


@pytest.mark.parametrize("left_out", ["postfix", "dovecot"])
def test_a_mail_service_that_is_not_reloaded_keeps_the_old_record(mail, left_out):
    """The reload returns 0, and one of the two goes on with the old certificate."""
    old, before = mail.live_record(), leaf(mail.certbot.live(HOST))
    mail.reload_all_but(left_out)
    mail.renew()
    new, after = mail.live_record(), leaf(mail.certbot.live(HOST))
    mail.run_until(lambda: mail.alnitak.stands(HOST)["reason"] == "probe", "the proof")

    def both_stay():
        mail.alnitak.run("run")
        return mail.serve_everywhere(old, new)
    holds(both_stay, "the old records are up", 10, every=1)
    port = mail.mail[left_out].ports[0]
    told = f"{HOST}. [{SERVICE}]:{port} presents {before[:8]}.. (want {after[:8]}..)"
    assert told in mail.alnitak.stands(HOST)["line"]
    assert told in mail.alnitak.run("check", ok=(1,)).stdout
    assert fingerprint(handshake(SERVICE, 25, HOST)) == (
        before if left_out == "postfix" else after)
    mail.mail[left_out].reload()
    mail.run_until(lambda: mail.serve_everywhere(new))
    assert fingerprint(handshake(SERVICE, 25, HOST)) == after
    assert "every one presents" in mail.alnitak.run("check").stdout


def test_a_wrong_guess_says_what_to_write(mail):
    """IMAP where SMTP is expected; then with the word before it."""
    mail.target()["probe"] = [f"smtp:{HOST}:143"]
    mail.alnitak.configure()
    said = mail.alnitak.run("check", ok=(1,)).stdout
    assert "does not speak smtp" in said and f'write "imap:{HOST}:143" in `probe`' in said
    listed = [f"imap:{HOST}:143", f"smtp:{SERVICE}:587", f"tls:{SERVICE}:465"]
    rest = [f"{HOST}:{port}" for port in PORTS if port not in (143, 587, 465)]
    mail.target()["probe"] = listed + rest
    mail.alnitak.configure()
    assert "every one presents" in mail.alnitak.run("check").stdout
    # What a list leaves out nobody looked at.
    mail.target()["probe"] = listed + [place for place in rest if place != f"{HOST}:25"]
    mail.alnitak.configure()
    assert "services: not probed: 25\n" in mail.alnitak.run("check", ok=(1,)).stdout


def test_what_is_not_probed_is_never_good(mail):
    mail.target()["probe"] = "off"
    mail.alnitak.configure()
    ports = ", ".join(map(str, PORTS))
    assert f"----  services: not probed: {ports}" in mail.alnitak.run("check").stdout
    assert mail.alnitak.stands(HOST)["not_probed"] == ports
    said = mail.alnitak.run("status").stdout
    assert f"not probed: {ports}" in said and "presented" not in said

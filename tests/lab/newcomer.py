# SPDX-License-Identifier: MIT
"""What a newcomer types: README, word by word, on a Debian that systemd runs.

Runs inside of tests/lab/boot; see tests/newcomer. Descriptor 9 is the network that
apt is given. The rest of the Internet stands at addresses of its own:

    127.0.10.1   the root and com., BIND
    127.0.10.2   ns1.example.com, Debian's named
    127.0.10.3   ns2.example.com, a secondary, NSD
    127.0.10.5   the validating resolver, unbound
    127.0.10.6   the ACME server, pebble
    127.0.10.7   mail.example.com, Debian's Postfix and Dovecot
"""

import json
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from lab import dnsquery                                            # noqa: E402
from lab.base import ROOT, LabError, run, wait_until                # noqa: E402
from lab.client import DaneClient, fingerprint, handshake           # noqa: E402
from lab.nameservers import Nsd, Unbound, Zone, delegate            # noqa: E402
from lab.nameservers_bind import Bind                               # noqa: E402
from lab.web import Pebble                                          # noqa: E402
from lab.world import leaf, record                                  # noqa: E402

SOURCE = Path(__file__).parents[2]
README = (SOURCE / "README").read_text()
HOST, ZONE = "mail.example.com", "example.com."
OWNER, SERVICE, RESOLVER = f"_25._tcp.{HOST}.", "127.0.10.7", "127.0.10.5"
NS1, NS2 = "127.0.10.2", "127.0.10.3"
LIVE = Path(f"/etc/letsencrypt/live/{HOST}/fullchain.pem")
RENEWAL = Path(f"/etc/letsencrypt/renewal/{HOST}.conf")
SOON = Path("/etc/systemd/system/certbot.timer.d/soon.conf")
BEGAN = time.monotonic()


def say(text):
    print(f"{time.monotonic() - BEGAN:7.1f} s  {text}", flush=True)


def section(begin, end):
    return README.partition(f"\n{begin}")[2].partition(f"\n{end}")[0]


def blocks(text):
    """What is indented: to be typed, or to be put into a file."""
    return ["".join(line[7:] + "\n" for line in block.strip("\n").split("\n"))
            for block in re.findall(r"(?:^ {7}.*\n)+", text, re.M)]


def step(number):
    return blocks(section(f"{number}. ", f"{number + 1}. " if number < 5
                          else "Services in containers"))


def paste(text, *before, **more):
    """TEXT in a root shell, in the directory of the sources."""
    for line in text.splitlines():
        say(f"# {line}")
    done = subprocess.run([*before, "bash", "-ec", text], cwd=SOURCE, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **more)
    if done.returncode:
        raise LabError(f"exit {done.returncode}:\n{done.stdout[-3000:]}")
    return done.stdout


def paste_online(text):
    """With the network that descriptor 9 is, and yes to what apt asks."""
    resolv, ours = Path("/etc/resolv.conf"), Path("/etc/resolv.conf").read_text()
    resolv.write_text(Path("/root/resolv.conf").read_text())
    try:
        return paste(text, "nsenter", "--net=/proc/self/fd/9", pass_fds=[9], input="y\n" * 9)
    finally:
        resolv.write_text(ours)


# ---- What is there before --------------------------------------------------

class Internet:
    def __init__(self):
        base = ROOT / "world"
        base.mkdir(parents=True)
        glue = (f"{ZONE} NS ns1.{ZONE}\n{ZONE} NS ns2.{ZONE}\n"
                f"ns1.{ZONE} A {NS1}\nns2.{ZONE} A {NS2}")
        self.root = Bind("root", "127.0.10.1", base, [
            Zone(".", ". NS ns.test.\ncom. NS ns.test.\nns.test. A 127.0.10.1",
                 primary="ns.test."),
            Zone("com.", f"com. NS ns.test.\n{glue}", primary="ns.test.")])
        self.secondary = Nsd("ns2", NS2, base, [ZONE], NS1)
        self.resolver = Unbound("resolver", RESOLVER, base, self.root.address)
        self.pebble = Pebble("pebble", "127.0.10.6", base, RESOLVER)

    def start(self):
        self.root.start()
        delegate(self.root.address, "com.", self.root.address)
        delegate(self.root.address, ZONE, NS1)
        for server in (self.secondary, self.resolver, self.pebble):
            server.start()
        wait_until(lambda: self.resolver.secure(ZONE, "SOA"), "a chain of trust", 60)


OPTIONS = f"""options {{
	directory "/var/cache/bind";
	listen-on {{ {NS1}; }};
	listen-on-v6 {{ none; }};
	recursion no; dnssec-validation no; empty-zones-enable no;
	allow-transfer {{ {NS2}; }}; also-notify {{ {NS2}; }}; notify-source {NS1};
}};
"""
SIGNED = "    dnssec-policy default; inline-signing yes;\n"
ZONE_TEXT = f"""$TTL 3600
@ SOA ns1 hostmaster 1 3600 600 86400 60
@ NS ns1
@ NS ns2
@ MX 10 mail
ns1 A {NS1}
ns2 A {NS2}
mail A {SERVICE}
"""


def clauses():
    """What README has in named.conf.local, of a zone that is signed."""
    return step(2)[1].replace("    type primary;\n", "    type primary;\n" + SIGNED)


def set_up_dns():
    """An operator's zone, signed, on Debian's named: as it was without alnitak."""
    Path("/etc/bind/named.conf.options").write_text(OPTIONS)
    Path("/var/lib/bind/example.com.zone").write_text(ZONE_TEXT)
    shutil.chown("/var/lib/bind/example.com.zone", "bind", "bind")
    local = re.sub(r'include .*\n| {4}update-policy \{\n.*\n {4}\};\n', "", clauses())
    Path("/etc/bind/named.conf.local").write_text(local)
    run("systemctl", "restart", "named")
    wait_until(lambda: dnsquery.records(NS1, ZONE, "DNSKEY"), "named to sign", 60)


def set_up_services():
    Path("/etc/resolv.conf").write_text(f"nameserver {RESOLVER}\n")
    with Path("/etc/letsencrypt/cli.ini").open("a", encoding="ascii") as ini:
        ini.write("server = https://127.0.10.6:14000/dir\nno-verify-ssl = true\n"
                  "http-01-port = 5002\n")
    paste(f"certbot certonly --standalone -n --agree-tos -m root@{HOST} -d {HOST}")
    paste(f"postconf -e myhostname={HOST} smtpd_tls_chain_files="
          f"/etc/letsencrypt/live/{HOST}/privkey.pem,{LIVE} smtpd_tls_security_level=may")
    paste("systemctl restart postfix dovecot")


# ---- The five steps --------------------------------------------------------

def configure_services():
    """As `alnitak setup` says it, for Postfix and for the Dovecot that is here."""
    printed = run("alnitak", "setup", "--service=postfix,dovecot").stdout
    parts = re.split(r"^# ---- (.*)\n", re.sub(r"^# ====.*\n", "", printed, flags=re.M),
                     flags=re.M)[1:]
    dovecot = run("dovecot", "--version").stdout[:3]
    for where, what in zip(parts[::2], parts[1::2]):
        path = where.split(",")[0]
        if path == "/etc/postfix/main.cf":
            run("postconf", "-e", *re.findall(r"^smtpd_tls_\w+ *=.*(?:\n[ \t]+.*)*", what, re.M))
        elif f"Dovecot {dovecot}" in where:
            with Path(path).open("a", encoding="ascii") as file:
                file.write(what)
    paste("postfix check && doveconf -n > /dev/null && systemctl reload postfix dovecot")


def install(ttl):
    paste_online("apt-get update")
    paste_online(step(1)[0])
    paste(step(2)[0])
    Path("/etc/bind/named.conf.local").write_text(clauses())
    paste("named-checkconf && rndc reconfig")
    conf = step(3)[0]
    Path("/etc/alnitak.conf").write_text(f"record_ttl = {ttl}\n{conf}" if ttl else conf)
    say(paste("alnitak configtest"))
    say(paste(step(4)[0]))
    configure_services()
    say(paste("alnitak configtest"))
    paste(step(5)[0])


# ---- A renewal -------------------------------------------------------------

def tlsa():
    return [dnsquery.records(server, OWNER, "TLSA") for server in (NS1, NS2)]


def presented():
    return fingerprint(handshake(SERVICE, 25, HOST))


def status():
    return json.loads(run("alnitak", "--json", "status", ok=(0, 1)).stdout)[0]


def watch(done, what, seconds):
    """Until DONE(); nobody does anything but the timers. What status says is told."""
    told = None

    def look():
        nonlocal told
        line = re.sub(r" until [-0-9]+ [:0-9]+ UTC| \(in [^)]*\)", "",
                      run("alnitak", "status", ok=(0, 1)).stdout.strip())
        if line != told:
            say(line)
        told = line
        return done()
    wait_until(look, what, seconds, every=1)


def is_finished():
    return (status()["step"] == "at rest" and presented() == leaf(LIVE)
            and tlsa() == [[record(LIVE)]] * 2)


def renew_by_the_timers(ttl):
    old, text = leaf(LIVE), RENEWAL.read_text()
    RENEWAL.write_text("renew_before_expiry = 3000 days\n" + text)
    SOON.parent.mkdir()
    SOON.write_text("[Timer]\nOnCalendar=\nOnCalendar=*:*:0/20\nRandomizedDelaySec=0\n"
                    "AccuracySec=1s\n")
    run("systemctl", "daemon-reload")
    run("systemctl", "restart", "certbot.timer")
    wait_until(lambda: leaf(LIVE) != old, "certbot's timer to renew", 120)
    SOON.unlink()
    RENEWAL.write_text(re.sub(r"^renew_before_expiry.*\n", "", RENEWAL.read_text()))
    run("systemctl", "daemon-reload")
    run("systemctl", "restart", "certbot.timer")
    say("certbot's timer has renewed the certificate")
    watch(is_finished, "the end of the renewal", 1800 + 4 * (ttl or 3600))


# ---- Leaving it again ------------------------------------------------------

def leave(ttl):
    remove, last = blocks(section("Leaving it again\n", "What it needs to know"))
    say(paste(remove))
    watch(lambda: status()["reason"] == "removed", "the end of the removal",
          1800 + 4 * (ttl or 3600))
    assert tlsa() == [[], []], tlsa()
    paste(f"postconf -e smtpd_tls_chain_files=/etc/letsencrypt/live/{HOST}/privkey.pem,{LIVE}"
          " && systemctl reload postfix")
    say(paste(last))
    paste("certbot renew --force-renewal --no-random-sleep-on-renew")
    assert not shutil.which("alnitak")


def failed_units():
    """What a container cannot do fails from the beginning."""
    return run("systemctl", "--failed", "--no-legend", "--plain").stdout.split("\n")


def main(ttl=None):
    ttl, failed = int(ttl) if ttl else None, failed_units()
    set_up_dns()
    Internet().start()
    set_up_services()
    say("an operator's host: named, a signed zone, Postfix, Dovecot, certbot")
    install(ttl)
    watch(is_finished, "the first record", 1800 + 4 * (ttl or 3600))
    client = DaneClient(HOST, SERVICE, RESOLVER, 25, per_second=2)
    client.start()
    renew_by_the_timers(ttl)
    client.stop()
    say(str(client))
    assert not client.mismatches and client.total, client.complaints
    say(paste("alnitak check"))
    leave(ttl)
    assert failed_units() == failed, failed_units()
    say("GOOD: nothing had to be known that README does not say")


if __name__ == "__main__":
    main(*sys.argv[1:])

# SPDX-License-Identifier: MIT
"""The whole little world, put together.

    127.0.10.1   the root and test., BIND
    127.0.10.2   ns1.example.test, the primary, BIND
    127.0.10.3   ns2.example.test, a secondary, NSD
    127.0.10.4   ns3.example.test, a secondary, Knot
    127.0.10.5   the validating resolver, unbound
    127.0.10.6   the ACME server, pebble
    127.0.10.7   the service, nginx (443), and certbot's http-01 (5002)

The primary and the secondaries may be of other kinds, and there may be two more
secondaries, ns4 and ns5. A hidden primary is in no NS set. With `delay_ms` every
name server has two addresses, 127.0.10.2x, and stands on 127.0.11.2x behind a proxy.
Zone transfers and the auditing do not pass it.
"""

import shutil
import ssl
import time

from . import dnsquery
from .base import ROOT, run, wait_until
from .client import DaneClient, association, fingerprint, handshake
from .nameservers import Key, Nsd, Unbound, Zone, delegate, family
from .nameservers_bind import Bind
from .nameservers_knot import Knot
from .program import Alnitak
from .proxy import Proxy
from .web import Certbot, Nginx, Pebble

ZONE = "example.test."
HOST = "mail.example.test"
SERVICE = "127.0.10.7"
FRONTS = {"ns1": ["127.0.10.2"], "ns2": ["127.0.10.3"], "ns3": ["127.0.10.4"],
          "ns4": ["127.0.10.8"], "ns5": ["127.0.10.9"]}
SIX_FRONTS = {"ns1": ["127.0.10.21", "127.0.10.22"], "ns2": ["127.0.10.23", "127.0.10.24"],
              "ns3": ["127.0.10.25", "127.0.10.26"]}


def owner(host=HOST, port=443):
    return f"_{port}._tcp.{host}."


def certificate(pem):
    """DER of the first certificate in the file PEM."""
    text = pem.read_text()
    end = "-----END CERTIFICATE-----"
    return ssl.PEM_cert_to_DER_cert(text[:text.index(end)] + end)


def leaf(pem):
    return fingerprint(certificate(pem))


def record(pem):
    """The 3 1 1 record of the certificate in PEM."""
    return f"3 1 1 {association(certificate(pem), 1, 1).hex()}"


class World:
    """Build it, start() it, stop() it; everything it needs is in self.base."""

    services = [SERVICE]        # addresses of every host

    def __init__(self, hosts=(HOST,), delay_ms=0, zone_ttl=5, record_ttl=5, primary=Bind,
                 secondaries=(Nsd, Knot), hidden=False, zone_settings=None,
                 validity_seconds=None):
        self.base = ROOT / "world"
        shutil.rmtree(self.base, ignore_errors=True)
        self.base.mkdir(parents=True)
        self.hosts, self.record_ttl, self.hidden = list(hosts), record_ttl, hidden
        self.zone_settings = zone_settings or {}
        self.fronts, self.backs = self.layout(delay_ms, len(secondaries) + 1)
        self.proxies = [Proxy(front, back, delay_ms) for name in self.fronts if delay_ms
                        for front, back in zip(self.fronts[name], self.backs[name])]
        self.key = Key()
        self.other_key = Key("other.example.test")
        self.key_file = self.key.write(self.base / "alnitak.key")
        self.build_dns(zone_ttl, primary, secondaries)
        self.pebble = Pebble("pebble", "127.0.10.6", self.base, self.resolver.address,
                             validity_seconds)
        self.certbot = Certbot(self.base, self.pebble, SERVICE)
        self.alnitak = Alnitak(self.base, **self.settings())
        self.nginx = Nginx("nginx", self.base, self.alnitak.dane,
                           [(host, address, self.port(host))
                            for host in self.hosts for address in self.services])

    def layout(self, delay_ms, count):
        """The addresses of COUNT name servers: those delegated to, and the true ones."""
        fronts = dict(list((SIX_FRONTS if delay_ms else FRONTS).items())[:count])
        if not delay_ms:
            return fronts, fronts
        return fronts, {name: [address.replace(".10.", ".11.") for address in front]
                        for name, front in fronts.items()}

    def build_dns(self, zone_ttl, primary, secondaries):
        known = {name: front for name, front in self.fronts.items()
                 if name != "ns1" or not self.hidden}
        glue = "\n".join(f"{name}.{ZONE} {family(address)} {address}"
                         for name, front in known.items() for address in front)
        delegation = "\n".join(f"{ZONE} NS {name}.{ZONE}" for name in known)
        hosts = "\n".join(f"{host}. {family(address)} {address}"
                          for host in self.hosts for address in self.services)
        example = Zone(
            ZONE, f"{delegation}\n{glue}\n{hosts}", soa_ttl=zone_ttl, minimum=zone_ttl,
            primary=f"{min(known)}.{ZONE}", keys=(self.key, self.other_key),
            grant=self.grants())
        self.root = Bind("root", "127.0.10.1", self.base, [
            Zone(".", ". NS ns.test.\ntest. NS ns.test.\nns.test. A 127.0.10.1",
                 primary="ns.test."),
            Zone("test.", f"test. NS ns.test.\nns.test. A 127.0.10.1\n{delegation}\n{glue}",
                 primary="ns.test.")])
        (_, ns1), *others = self.backs.items()
        self.primary = primary("ns1", ns1, self.base, [example],
                               notify=[addresses[0] for _, addresses in others])
        self.secondaries = [kind(name, addresses, self.base, [ZONE], ns1[0])
                            for kind, (name, addresses) in zip(secondaries, others)]
        self.nsd, self.knot = (*self.secondaries, None, None)[:2]
        self.resolver = Unbound("resolver", "127.0.10.5", self.base, self.root.address)

    def grants(self):
        return [f"{self.key.name} name {owner(host, self.port(host))} TLSA"
                for host in self.hosts]

    def settings(self):
        """What alnitak.conf says; a scenario changes what it is about."""
        targets = {f"target {host}": {
            "tlsa": [f"311 {self.port(host)}"],
            "reload": f"nginx -p {self.base}/nginx -e stderr "
                      f"-c {self.base}/nginx/nginx.conf -s reload",
        } for host in self.hosts}
        return {"record_ttl": self.record_ttl, **targets,
                "zone example.test": {"key": self.key_file, **self.zone_settings}}

    @property
    def servers(self):
        return [self.root, self.primary, *self.secondaries, self.resolver,
                self.pebble, self.nginx]

    def start(self):
        """All of the DNS and the ACME server; nginx waits for certificates."""
        for server in (self.root, self.primary, self.pebble, *self.proxies):
            server.start() if isinstance(server, Proxy) else server.launch()
        self.primary.wait_ready()
        for server in self.secondaries:
            server.launch()
        self.root.wait_ready()
        delegate(self.root.address, "test.", self.root.address)
        delegate(self.root.address, ZONE, self.primary.address)
        self.resolver.launch()
        for server in (*self.secondaries, self.resolver, self.pebble):
            server.wait_ready()
        wait_until(self.in_step, "the secondaries to follow")
        wait_until(lambda: self.resolver.secure(ZONE, "SOA"), "a chain of trust")
        return self

    def stop(self):
        for server in reversed(self.servers + self.proxies):
            server.stop()

    def addresses(self):
        """Every address of every name server of the zone, past the proxies."""
        return [address for back in self.backs.values() for address in back]

    def in_step(self):
        return len({dnsquery.serial(address, ZONE) for address in self.addresses()}) == 1

    def tlsa(self, host=HOST):
        """What each address serves: {address: sorted records as text}."""
        return {address: dnsquery.records(address, owner(host, self.port(host)), "TLSA")
                for address in self.addresses()}

    def all_serve(self, *expected, host=HOST):
        return all(found == sorted(expected) for found in self.tlsa(host).values())

    def comes_to_serve(self, *expected, host=HOST):
        """Secondaries follow in their own time; Knot sleeps a second now and then."""
        wait_until(lambda: self.all_serve(*expected, host=host),
                   f"{sorted(expected)} everywhere", 30)

    def live_record(self, host=HOST):
        return record(self.certbot.live(host))

    def port(self, host=HOST):
        return 443 + 1000 * self.hosts.index(host)

    def presented(self, host=HOST):
        """Fingerprint of the certificate that the service shows."""
        return fingerprint(handshake(SERVICE, self.port(host), host))

    def dane_client(self, host=HOST, **more):
        return DaneClient(host, SERVICE, self.resolver.address, self.port(host), **more)

    def issue_all(self):
        """A certificate for every host."""
        for host in self.hosts:
            self.certbot.issue(host)

    def publish_live(self):
        """What an administrator does by hand before alnitak takes over."""
        self.nsupdate(*(f"update add {owner(host, self.port(host))} {self.record_ttl} TLSA "
                        f"{self.live_record(host)}" for host in self.hosts))
        wait_until(lambda: all(self.all_serve(self.live_record(host), host=host)
                               for host in self.hosts), "the first records everywhere")

    def renew(self, **options):
        """certbot renews everything, with alnitak in its three hooks."""
        return self.certbot.renew(**self.alnitak.hooks(), **options)

    def finished(self, host=HOST):
        """At rest: one record everywhere, links where they belong, the service shows it."""
        return (self.alnitak.at_rest(host)
                and self.all_serve(self.live_record(host), host=host)
                and self.presented(host) == leaf(self.certbot.live(host)))

    def run_until(self, done, what="the rollover to finish", seconds=90, ok=(0,)):
        """alnitak run every second, as a timer would, until DONE()."""
        def step():
            self.alnitak.run("run", ok=ok)
            return done()
        wait_until(step, what, seconds, every=1)

    def run_until_finished(self, seconds=60):
        self.run_until(lambda: all(self.finished(host) for host in self.hosts),
                       seconds=seconds)

    def run_to_rest(self, host=HOST):
        """Until all is noted as done, which comes a look after it is."""
        self.run_until(lambda: self.alnitak.stands(host)["step"] == "at rest", "rest")

    def run_until_known(self, host=HOST):
        """Until no cache can have what was there before the first rest: three times to
        live of ttl_factor 2, and the margin."""
        self.run_to_rest(host)
        known = time.time() + 3 * self.record_ttl + self.alnitak.settings["margin"]
        wait_until(lambda: time.time() > known, "caches to let go", 2 * (known - time.time()))

    def target(self, host=HOST):
        """The section of the configuration, to be changed."""
        return self.alnitak.settings[f"target {host}"]

    def nsupdate(self, *lines):
        """Change the zone as an administrator with alnitak's key would."""
        script = "\n".join([f"server {self.primary.address}", f"zone {ZONE}", *lines, "send\n"])
        (self.base / "nsupdate").write_text(script)
        return run("nsupdate", "-k", self.key_file, self.base / "nsupdate")

# SPDX-License-Identifier: MIT
"""The ACME side and the service: pebble, certbot, nginx."""

import json
import socket
from pathlib import Path

from .base import Server, run, wait_until


def bracketed(address):
    return f"[{address}]" if ":" in address else address


def listening(address, port):
    with socket.create_connection((address, port), timeout=1):
        return True


def is_accepting(worker):
    """An nginx worker, which says in its title when it does not any more."""
    try:
        title = Path(f"/proc/{worker}/cmdline").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return "worker process" in title and "shutting down" not in title


def self_signed(directory, address):
    """A certificate for ADDRESS in DIRECTORY/{cert,key}.pem."""
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
        "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30",
        "-subj", "/CN=lab", "-addext", f"subjectAltName=IP:{address}",
        "-keyout", directory / "key.pem", "-out", directory / "cert.pem")


class Pebble(Server):
    """An ACME server; it validates http-01 at port 5002 through RESOLVER."""

    env = {"PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0"}

    def __init__(self, name, address, base, resolver, validity_seconds=None):
        super().__init__(name, address, base)
        self.resolver = resolver
        self.validity = ({"certificateValidityPeriod": validity_seconds}
                         if validity_seconds else {})
        self.url = f"https://{address}:14000/dir"

    def configure(self):
        self_signed(self.dir, self.address)
        (self.dir / "pebble.json").write_text(json.dumps({"pebble": {
            "listenAddress": f"{self.address}:14000",
            "managementListenAddress": f"{self.address}:15000",
            "certificate": str(self.dir / "cert.pem"),
            "privateKey": str(self.dir / "key.pem"),
            "httpPort": 5002, "tlsPort": 5001, **self.validity}}))

    def command(self):
        return ["/usr/bin/pebble", "-config", self.dir / "pebble.json",
                "-dnsserver", f"{self.resolver}:53"]

    def ready(self):
        return listening(self.address, 14000)


class Certbot:
    """certbot with all its directories below BASE."""

    def __init__(self, base, pebble, address):
        self.dir, self.pebble, self.address = Path(base) / "etc/letsencrypt", pebble, address
        self.base = Path(base)

    def run(self, verb, *words):
        return run("/usr/bin/certbot", verb, "-n", "--config-dir", self.dir,
                   "--work-dir", self.base / "certbot", "--logs-dir",
                   self.base / "certbot", *words,
                   env={"REQUESTS_CA_BUNDLE": str(self.pebble.dir / "cert.pem")})

    def issue(self, lineage, *domains, options=()):
        domains = [word for domain in domains or [lineage] for word in ("-d", domain)]
        return self.run("certonly", "--server", self.pebble.url, "--agree-tos",
                        "-m", "hostmaster@example.test", "--standalone",
                        "--http-01-port", "5002", "--http-01-address", self.address,
                        "--cert-name", lineage, *domains, *options)

    def renew(self, pre=None, deploy=None, post=None, options=()):
        """Renew every lineage, as the timer would if all were due."""
        hooks = {"--pre-hook": pre, "--deploy-hook": deploy, "--post-hook": post}
        return self.run("renew", "--force-renewal", "--no-random-sleep-on-renew",
                        *(word for hook in hooks.items() if hook[1] for word in hook),
                        *options)

    def live(self, lineage, part="fullchain"):
        return self.dir / "live" / lineage / f"{part}.pem"


class Nginx(Server):
    """Serves each lineage from CERTIFICATES/LINEAGE/{fullchain,privkey}.pem.

    `services` is a list of (lineage, address, port); several lineages for one
    service stand with "+" between them.
    """

    def __init__(self, name, base, certificates, services):
        super().__init__(name, services[0][1], base)
        self.certificates, self.services = Path(certificates), services

    def configure(self):
        blocks = "".join(f"""
    server {{
        listen {bracketed(address)}:{port} ssl;
        {" ".join(map(self.pair, lineages.split("+")))}
        return 200 "{lineages}\\n";
    }}""" for lineages, address, port in self.services)
        (self.dir / "nginx.conf").write_text(f"""
daemon off; user root; worker_processes 2; pid {self.dir}/pid;
error_log stderr;
events {{ worker_connections 512; }}
http {{
    access_log off; ssl_session_tickets off; ssl_session_cache off;
    client_header_timeout 600s;
    client_body_temp_path {self.dir}/1; proxy_temp_path {self.dir}/2;
    fastcgi_temp_path {self.dir}/3; uwsgi_temp_path {self.dir}/4;
    scgi_temp_path {self.dir}/5;{blocks}
}}
""")

    def pair(self, lineage):
        directory = self.certificates / lineage
        return (f'ssl_certificate "{directory}/fullchain.pem"; '
                f'ssl_certificate_key "{directory}/privkey.pem";')

    def command(self):
        return ["/usr/sbin/nginx", "-p", self.dir, "-e", "stderr",
                "-c", self.dir / "nginx.conf"]

    def ready(self):
        return all(listening(*service[1:]) for service in self.services)

    def reload_command(self):
        return " ".join(map(str, [*self.command(), "-s reload"]))

    def workers(self):
        """Process numbers of those that accept connections."""
        master = self.process.pid
        children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
        return {child for child in children if is_accepting(child)}

    def reload(self):
        """Returns when the workers of before accept nothing any more: what is
        shown once may be shown by one of them a moment later."""
        before = self.workers()
        done = run("/bin/sh", "-c", self.reload_command())
        wait_until(lambda: not before & self.workers(), "the old workers to stop accepting")
        return done

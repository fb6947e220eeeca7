# SPDX-License-Identifier: MIT
"""Mail and chat: Postfix, Dovecot and Prosody with what is behind the dane links.

CERTIFICATES are directories of links, one for each kind of key.
"""

import pwd
import shutil
import signal

from .base import Server, run
from .web import listening


class Service(Server):
    """On several ports."""

    ports = ()

    def __init__(self, name, address, base, *certificates):
        super().__init__(name, address, base)
        self.certificates = certificates

    def ready(self):
        return all(listening(self.address, port) for port in self.ports)

    def reload(self):
        return run("/bin/sh", "-c", self.reload_command())


class Postfix(Service):
    """25 and 587 with STARTTLS, 465 with TLS at once.

    Each of its processes reads the certificate for itself, when it begins. So that
    they present the same until a reload, they have a copy, which the reload renews.
    """

    ports = (25, 587, 465)

    def configure(self):
        user = pwd.getpwnam("postfix")
        for part in ("data", "spool"):
            (self.dir / part).mkdir(exist_ok=True)
        shutil.chown(self.dir / "data", user.pw_uid, user.pw_gid)
        (self.dir / "main.cf").write_text(f"""
compatibility_level = 3.6
queue_directory = {self.dir}/spool
data_directory = {self.dir}/data
maillog_file = /dev/stdout
myhostname = mail.example.test
inet_interfaces = {self.address}
smtpd_peername_lookup = no
smtpd_tls_security_level = may
smtpd_tls_chain_files = {self.dir}/chain.pem
""")
        run("/bin/sh", "-c", self.copy_command())
        (self.dir / "master.cf").write_text("""
smtp      inet      n - n - - smtpd
587       inet      n - n - - smtpd
465       inet      n - n - - smtpd -o smtpd_tls_wrappermode=yes
pickup    unix      n - n 60 1 pickup
cleanup   unix      n - n - 0 cleanup
qmgr      unix      n - n 300 1 qmgr
tlsmgr    unix      - - n 1000? 1 tlsmgr
rewrite   unix      - - n - - trivial-rewrite
proxymap  unix      - - n - - proxymap
anvil     unix      - - n - 1 anvil
postlog   unix-dgram n - n - 1 postlogd
""")

    def command(self):
        return ["/usr/sbin/postfix", "-c", self.dir, "start-fg"]

    def stop(self):
        """Whoever listens ends with the master only when that is told so."""
        if self.process and self.process.poll() is None:
            run("/usr/sbin/postfix", "-c", self.dir, "stop")
        super().stop()

    def copy_command(self):
        parts = " ".join(f"{directory}/{part}.pem" for directory in self.certificates
                         for part in ("privkey", "fullchain"))
        return f"umask 077; cd {self.dir}; cat {parts} > fresh.pem && mv fresh.pem chain.pem"

    def reload_command(self):
        return f"{self.copy_command()} && /usr/sbin/postfix -c {self.dir} reload"


class Dovecot(Service):
    """143, 110 and 4190 with STARTTLS, 993 with TLS at once."""

    ports = (143, 110, 4190, 993)

    def configure(self):
        (self.dir / "dovecot.conf").write_text(f"""
base_dir = {self.dir}/run
state_dir = {self.dir}/state
log_path = /dev/stderr
listen = {self.address}
protocols = imap pop3 sieve
ssl = yes
{self.pairs()}
mail_location = maildir:{self.dir}/mail
passdb {{
  driver = static
  args = password=none
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={self.dir}/home
}}
""")

    def pairs(self):
        """One of two kinds is its alternative."""
        return "\n".join(f"ssl_{alt}cert = <{directory}/fullchain.pem\n"
                         f"ssl_{alt}key = <{directory}/privkey.pem"
                         for alt, directory in zip(("", "alt_"), self.certificates))

    def command(self):
        return ["/usr/sbin/dovecot", "-F", "-c", self.dir / "dovecot.conf"]

    def reload_command(self):
        return f"/usr/bin/doveadm -c {self.dir}/dovecot.conf reload"


class Prosody(Service):
    """5222 for clients and 5269 for servers, with STARTTLS, of one domain.

    What its configuration says of the first directory is what it insists on; its
    TLS library takes those of `certificates`.
    """

    ports = (5222, 5269)
    domain = "example.test"

    def configure(self):
        user = pwd.getpwnam("prosody")
        (self.dir / "data").mkdir(exist_ok=True)
        shutil.chown(self.dir / "data", user.pw_uid, user.pw_gid)
        pairs = [f'certificate = "{directory}/fullchain.pem", '
                 f'key = "{directory}/privkey.pem"' for directory in self.certificates]
        every = ", ".join(f"{{ {pair} }}" for pair in pairs)
        (self.dir / "prosody.cfg.lua").write_text(f"""
run_as_root = true
pidfile = "{self.dir}/pid"
data_path = "{self.dir}/data"
interfaces = {{ "{self.address}" }}
modules_enabled = {{ "tls", "saslauth", "dialback" }}
modules_disabled = {{ "offline" }}
s2s_secure_auth = false
log = {{ info = "*console" }}
ssl = {{ {pairs[0]}, certificates = {{ {every} }} }}
VirtualHost "{self.domain}"
""")

    def command(self):
        return ["/usr/bin/prosody", "-F", "--config", self.dir / "prosody.cfg.lua"]

    def reload_command(self):
        return f"kill -{signal.SIGHUP.name[3:]} $(cat {self.dir}/pid)"

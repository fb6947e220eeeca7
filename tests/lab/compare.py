# SPDX-License-Identifier: MIT
"""One renewal in each of several ways, under the same DANE client: for how long did
whoever held what a resolver had given fail? As the table of alnitak-dane(7) has it.

  tests/lab/enter /usr/bin/python3 tests/lab/compare.py

Each way twice: with all name servers well, and with a secondary that is late by
four times to live. ALNITAK names the program. Eight minutes, nearly all of them spent
waiting.
"""

import os
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from lab.base import run, wait_until                                # noqa: E402
from lab.web import Nginx                                           # noqa: E402
from lab.world import HOST, SERVICE, World, leaf, owner             # noqa: E402

TTL = 15
LATE_SECONDS = 4 * TTL

RECORD = """
record() {
	openssl x509 -in "$1" -noout -pubkey | openssl pkey -pubin -outform DER |
		openssl dgst -sha256 -r | sed 's/ .*//'
}
"""


class Way:
    """Services read certbot's live directory, and a deploy hook does the rest."""

    name, hook, options = "", "", ()

    def __init__(self):
        self.world = world = World(record_ttl=TTL)
        world.nginx = Nginx("live", world.base, world.certbot.dir / "live",
                            [(HOST, SERVICE, 443)])

    def first(self):
        self.world.publish_live()
        self.world.nginx.start()

    def renew(self):
        update = (f"nsupdate -k {self.world.key_file} <<-END\n"
                  f"server {self.world.primary.address}\n%s\nsend\nEND\n")
        hook = self.world.base / "hook"
        hook.write_text("#!/bin/sh -eu\n" + RECORD + self.hook.format(
            add=update % f"update add {owner()} {TTL} TLSA 3 1 1 "
                         '$(record "$RENEWED_LINEAGE/cert.pem")',
            delete=update % f"update delete {owner()} TLSA",
            reload=self.world.nginx.reload_command(), seconds=2 * TTL))
        hook.chmod(0o755)
        self.world.certbot.renew(deploy=hook, options=self.options)

    def is_finished(self):
        return (self.world.all_serve(self.world.live_record())
                and self.world.presented() == leaf(self.world.certbot.live(HOST)))


class Replace(Way):
    name = "a hook that replaces the record and reloads"
    hook = "{delete}{add}{reload}\n"


class AddAndWait(Way):
    """It does what is right where all servers do."""

    name = "a hook that adds the record, waits for two times to live, reloads, deletes"
    hook = "{add}sleep {seconds}\n{reload}\n{delete}{add}"


class KeepTheKey(Way):
    name = "certbot --reuse-key"
    hook = "{reload}\n"
    options = ("--reuse-key",)

    def first(self):
        super().first()
        self.world.certbot.renew(options=self.options)
        self.world.nsupdate(f"update delete {owner()} TLSA",
                            f"update add {owner()} {TTL} TLSA {self.world.live_record()}")
        self.world.nginx.reload()
        wait_until(self.is_finished, "the key that is kept", 30)
        time.sleep(TTL)


class Alnitak(Way):
    name = "alnitak"

    def __init__(self):
        self.world = World(record_ttl=TTL)

    def first(self):
        self.world.alnitak.configure().run("init")
        self.world.nginx.start()
        self.world.run_until_finished(10 * TTL)

    def renew(self):
        self.world.renew()
        self.world.run_until(self.is_finished, "the end", 60 + 10 * TTL, ok=(0, 1))


class Failures:
    """When clients failed, from the first time to the last."""

    def __init__(self, client):
        self.client, self.times, self.done = client, [], threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.thread.start()

    def watch(self):
        seen = 0
        while not self.done.wait(0.05):
            if self.client.mismatches > seen:
                seen = self.client.mismatches
                self.times.append(time.monotonic())

    def stop(self):
        self.done.set()
        self.thread.join()
        return self.times[-1] - self.times[0] if self.times else 0.0


def measure(kind, is_late):
    """(handshakes, those that failed, seconds from the first to the last of them,
    seconds from the renewal to its end)"""
    way = kind()
    world = way.world
    try:
        world.start().issue_all()
        way.first()
        client = world.dane_client(per_second=20).watch()
        wait_until(lambda: client.held, "the client to find the record", 20)
        failures, began = Failures(client), time.monotonic()
        thawing = threading.Timer(LATE_SECONDS * is_late, world.nsd.thaw)
        if is_late:
            world.nsd.freeze()
        thawing.start()
        way.renew()
        thawing.join()
        wait_until(way.is_finished, "the end", 60 + LATE_SECONDS)
        seconds = time.monotonic() - began
        time.sleep(2 * TTL)         # what caches may have by now
        client.stop()
        return client.total, client.mismatches, failures.stop(), seconds
    finally:
        world.stop()


def main():
    print(run(os.environ.get("ALNITAK", "alnitak"), "--version").stdout.splitlines()[0],
          run("certbot", "--version").stdout.strip(), f"TTL {TTL} s", sep=", ")
    for kind in (Replace, AddAndWait, KeepTheKey, Alnitak):
        for is_late in (False, True):
            total, bad, failed, seconds = measure(kind, is_late)
            print(f"{kind.name}{', a secondary late' if is_late else ''}: "
                  f"{bad} of {total} handshakes failed, over {failed / TTL:.1f} times to live; "
                  f"over after {seconds / TTL:.1f}", flush=True)


if __name__ == "__main__":
    main()

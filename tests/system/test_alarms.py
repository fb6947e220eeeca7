# SPDX-License-Identifier: MIT
"""Who is told of trouble: the journal, who asks, and the program of `notify`."""

import json
import os
import re
import shutil
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from lab.base import run
from lab.nameservers import Key
from lab.noting import noting, told
from lab.world import HOST

DIST = Path(__file__).parents[2] / "dist"


def break_key(world):
    zone = world.alnitak.settings["zone example.test"]
    zone["key"] = Key(world.key.name).write(world.base / "wrong.key")
    world.alnitak.configure()


def mend_key(world):
    world.alnitak.settings["zone example.test"]["key"] = world.key_file
    world.alnitak.configure()


def errors(done):
    return [line for line in done.stderr.splitlines() if line.startswith("error: ")]


def test_what_a_hook_found_is_told_to_all(settled):
    """The hook's words go to certbot's log; so the timer's run says them again, who asks
    is shown them, and the program is told once, though it had failed before."""
    notes = noting(settled)
    settled.alnitak.run("pre")
    settled.certbot.renew()
    break_key(settled)
    (notes / "broken").touch()
    hook = settled.alnitak.run("deploy", ok=(1,))
    reason, failed = errors(hook)
    assert HOST in reason and "exit status 1" in failed and "notify" in failed
    (notes / "broken").unlink()

    for _ in range(3):
        again, = errors(settled.alnitak.run("run", ok=(1,)))
        assert again.startswith(f"{reason}; since "), (reason, again)
    text = reason.removeprefix("error: ")
    since = again.rpartition("; since ")[2]
    said = settled.alnitak.run("status", "-v", ok=(1,)).stdout
    assert f"alarm     since {since}: {text}" in said
    assert said.startswith(f"{HOST}: ALARM since {since}: "), said
    assert f"BAD   alarm: since {since}: {text}" in settled.alnitak.run(
        "check", ok=(2,)).stdout
    assert f"alarm     since {since}: {text}" in settled.alnitak.run("-n", ok=(1,)).stdout
    alarm = settled.alnitak.stands(HOST)["alarm"]
    assert (alarm["text"], alarm["since"][:19].replace("T", " ") + " UTC") == (text, since)

    mend_key(settled)
    # Nothing but a run ends it.
    assert settled.alnitak.stands(HOST)["alarm"]
    settled.alnitak.run("run")
    settled.alnitak.run("run")
    assert settled.alnitak.stands(HOST)["alarm"] is None
    assert [event for event, *_ in told(notes)] == ["begin", "begin", "end"]
    (_, begin, user), (_, end, _) = told(notes)[1:]
    assert user == "nobody"
    assert begin.startswith(f"Subject: alnitak: {HOST} is in trouble\n\n{text}\n")
    assert end.startswith(f"Subject: alnitak: {HOST} is out of trouble\n\n{text}\n(over; ")


def test_the_journal_is_told_what_is_an_error(settled):
    """As systemd starts it: standard error is the journal, and named by JOURNAL_STREAM."""
    settled.alnitak.run("pre")
    settled.certbot.renew()
    break_key(settled)
    journal = settled.base / "journal"
    with open(journal, "w", encoding="ascii") as stream:
        status = os.fstat(stream.fileno())
        command = settled.alnitak.command("run")
        run("sh", "-c", 'exec 2>>"$0"; exec "$@"', journal, *command, ok=(1,), env={
            **settled.alnitak.env, "JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"})
    lines = journal.read_text().splitlines()
    assert lines and all(re.match("<[3-7]>", line) for line in lines), lines
    assert [line for line in lines if line.startswith(f"<3>error: {HOST}: ")], lines


class Hook(BaseHTTPRequestHandler):
    got = []

    def do_POST(self):
        length = int(self.headers["Content-Length"])
        self.got.append((self.path, self.headers, json.loads(self.rfile.read(length))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


def test_the_examples(settled):
    """A webhook, and a mail by whatever is called sendmail."""
    server = HTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    curlrc = settled.base / "hook"
    curlrc.write_text(f'url = "http://127.0.0.1:{server.server_port}/secret"\n'
                      'header = "Authorization: Bearer x"\n')
    webhook = shutil.copy(DIST / "notify-webhook", settled.base)
    settled.alnitak.configure(notify=f"{webhook} {curlrc}", notify_user="nobody")
    settled.alnitak.run("pre")
    settled.certbot.renew()
    break_key(settled)
    done = settled.alnitak.run("run", ok=(1,))
    server.shutdown()
    assert len(errors(done)) == 1, done.stderr
    (path, headers, said), = Hook.got
    assert path == "/secret" and headers["Authorization"] == "Bearer x"
    assert headers["Content-Type"] == "application/json"
    assert said["event"] == "begin" and said["target"] == HOST
    assert f"alnitak: {HOST} is in trouble\n\n{HOST}: " in said["text"]

    mail, bin_dir = settled.base / "mail", settled.base / "bin"
    bin_dir.mkdir()
    sendmail = bin_dir / "sendmail"
    sendmail.write_text(f'#!/bin/sh\n{{ echo "$@"; cat; }} > {mail}\n')
    sendmail.chmod(0o755)
    run("sh", "-c", f"printf 'Subject: a b\\n\\nSubject: c\\n' | {DIST}/notify-mail you@x.test",
        env={"PATH": f"{bin_dir}:{os.environ['PATH']}"})
    assert mail.read_text() == ("-oi -- you@x.test\nTo: you@x.test\n"
                                "Auto-Submitted: auto-generated\n"
                                f"Subject: {os.uname().nodename}: a b\n\nSubject: c\n")

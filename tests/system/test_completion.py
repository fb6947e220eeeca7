# SPDX-License-Identifier: MIT
"""The shells complete alnitak's command line with what the program says."""

import os
import pty
import re
import select
import subprocess
import time
from pathlib import Path

import pytest
from lab.program import BINARY

COMPLETION = Path(__file__).parents[2] / "dist/completion"
BASH = r"""
. "$1"
COMP_LINE=$2 COMP_POINT=${#2} COMP_WORDBREAKS=$' \t\n"\'><=;|&(:'
_alnitak
printf '%s\n' "${COMPREPLY[@]}"
"""
SECONDS = 30
CASES = [
    ("st", ["status"]),
    ("nonsense ", []),
    ("-L ", ["no", "normal", "verbose", "debug"]),
    ("status --js", ["--json"]),
    ("init --js", []),
    ("-C {base} check ", ["mail.test", "www.test"]),
    ("-c {base}/my", ["{base}/my file"]),
    ("-c $(touch {base}/run-by-the-shell) st", ["status"]),
]


@pytest.fixture
def base(tmp_path):
    for name in ("mail.test", "www.test"):
        (tmp_path / "live" / name).mkdir(parents=True)
    (tmp_path / "my file").touch()
    yield tmp_path
    assert not (tmp_path / "run-by-the-shell").exists()


def in_bash(line):
    done = subprocess.run(["bash", "-c", BASH, "bash", COMPLETION / "alnitak", f"{BINARY} {line}"],
                          check=True, capture_output=True, text=True)
    assert not done.stderr
    return done.stdout.split("\n")[:-1]


@pytest.mark.parametrize("line, want", CASES)
def test_bash(base, line, want):
    have = [word for word in in_bash(line.format(base=base)) if word]
    if "$(" not in line:
        assert have == [word.format(base=base) for word in want]


@pytest.mark.parametrize("line, want", [
    ("--log-level=v", ["verbose"]), ("print 3", ["311:", "301:", "312:"]),
    ("-C {base} print 311:mail.", ["mail.test"]), ("--config={base}/my", ["{base}/my file"])])
def test_bash_at_its_word_breaks(base, line, want):
    assert in_bash(line.format(base=base)) == [word.format(base=base) for word in want]


def in_zsh(line, until):
    """Types LINE and a tab in a terminal; what shows there once UNTIL matches."""
    child, terminal = pty.fork()
    if child == 0:
        os.environ.update(TERM="dumb", PATH=f"{BINARY.parent}:{os.environ['PATH']}")
        os.execvp("zsh", ["zsh", "-f", "-i"])
    shown = ""

    def expect(pattern):
        nonlocal shown
        end = time.monotonic() + SECONDS
        while not re.search(pattern, shown):
            assert time.monotonic() < end, repr(shown)
            if select.select([terminal], [], [], 0.1)[0]:
                shown += os.read(terminal, 65536).decode(errors="replace")

    try:
        os.write(terminal, f"stty cols 300; fpath=({COMPLETION} $fpath); "
                           "autoload -Uz compinit; compinit -u -D; echo rea''dy\n".encode())
        expect("ready\r")
        shown = ""
        os.write(terminal, f"alnitak {line}\t".encode())
        expect(until)
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)
        os.close(terminal)


@pytest.mark.parametrize("line, until", [
    ("", r"configtest +-- check the configuration"),
    ("sta", r"alnitak status "),
    ("--log-level=v", r"--log-level=verbose "),
    ("-C {base} check m", r"check mail\.test "),
    ("-C {base} print 311:mail.", r"print 311:mail\.[^a-z]*test "),
    ("--config={base}/my", r"/my\\ file "),
    ("-c $(touch {base}/run-by-the-shell) sta", r"status "),
])
def test_zsh(base, line, until):
    in_zsh(line.format(base=base), until)

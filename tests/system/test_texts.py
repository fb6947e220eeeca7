# SPDX-License-Identifier: MIT
"""What the texts give to be pasted: alnitak takes every configuration that they show,
and every command line. What README has for others is tried by test_readme and by
tests/newcomer, the sample by a unit test."""

import re
import shlex

import pytest

from lab.base import run
from lab.program import BINARY
from test_readme import README

TOP = README.parent
KEYS = sorted(set(re.findall(r"^\.It Cm (\w+)$", (TOP / "man/alnitak.conf.5").read_text(),
                             re.M)))
# Of a target; the others stand by themselves, too.
INNER = "tlsa", "api", "reload"
# How many there are in each, so that none is overlooked.
CONFIGURATIONS = {
    "README": 3, "HACKING": 1, "man/alnitak.conf.5": 4, "man/alnitak-dane.7": 2,
    "dist/exec-nsupdate": 1, "dist/notify-mail": 2, "dist/notify-webhook": 2}
COMMANDS = {
    "README": 16, "man/alnitak.8": 9, "dist/keep-files": 2, "docker/image/timers": 1,
    "docker/image/Dockerfile": 1, "alnitak.conf": 1}
# What stands for any name or value.
GRAMMAR = re.compile(r"\b(NAME|PATTERN|PROGRAM)\b|\.\.\.")
# What a host lacks where nothing of this is set up.
MISSING = ("no such key file", "no usable lineage", "No such file or directory",
           "is no file that alnitak can execute", "no such user")


def text_of(name):
    """As it is read: a manual rendered, its columns one below the other."""
    if not name.startswith("man/"):
        return (TOP / name).read_text()
    rendered = re.sub(".\b", "", run("mandoc", "-T", "ascii", TOP / name).stdout)
    return re.sub(r"(?<=\S) {5,}", "\n", rendered)


def without_signs(text):
    """Of comments, behind which programs have their examples."""
    return re.sub(r"^ *#[ \t]?", "", text, flags=re.M)


def configurations(text):
    """Sections of ours, and assignments outside of them."""
    value = r"""(?:"[^"\n]*"|\{[^}\n]*\}|\d+|yes|no)"""
    section = r'^([ \t]*)(?:zone|target) "[^"]*" \{.*\n(?:.*\n)*?\1\}'
    line = rf"""^[ \t]*(?:(?:{'|'.join(KEYS)}) *=|include) *{value}(?: *#.*)?$"""
    found = [piece[0] for piece in re.finditer(f"{section}|{line}", text, re.M)]
    # named.conf has sections of that name, with semicolons.
    return [piece for piece in found
            if not GRAMMAR.search(piece) and not re.search(r";$", piece, re.M)]


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_configurations(name, alone):
    text = text_of(name)
    found = configurations(without_signs(text) if name.startswith("dist/") else text)
    assert len(found) == CONFIGURATIONS[name], found
    for piece in found:
        inner = piece.split()[0] in INNER
        alone.configure(f'target "mail.example.com" {{\n{piece}\n'
                        f'{"" if "tlsa" in piece else "tlsa = 311"}\n}}\n' if inner else piece)
        done = alone.run("configtest", ok=None)
        errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
        assert all(any(says in line for says in MISSING) for line in errors), (piece, errors)
        assert errors or not done.returncode, (piece, done)


def command_lines(text):
    """Between signs of quotation; behind the prompt of a manual, at the begin of what is
    indented in README, or in a container."""
    quoted = re.findall(r"[`'](alnitak(?: [^`'\n]*)?)[`']", text)
    before = r"^ +# |^ {7}|^ {7}docker compose run --rm alnitak "
    typed = re.findall(rf"(?:{before})(alnitak [^#\n]*)", text, re.M)
    return quoted + [one for line in typed for one in line.split(" && ")]


@pytest.mark.parametrize("name", COMMANDS)
def test_command_lines(name, tmp_path):
    """Nothing but the configuration is missed."""
    found = command_lines(text_of(name))
    for line in found:
        words = shlex.split(line)[1:]
        run(BINARY, "-c", tmp_path / "none", *words, ok=(3,))
    assert len(found) == COMMANDS[name], found

# SPDX-License-Identifier: MIT
"""Bad input is refused by name, with the exit status that the manual gives."""

import pytest

from lab.lineage import Lineage
from lab.world import HOST

DONE, COMMAND_LINE, CONFIGURATION = 0, 2, 3


def says(done, *words):
    text = done.stdout + done.stderr
    for word in words:
        assert str(word) in text, text


def test_a_good_configuration_passes(alone):
    alone.run("configtest", ok=(DONE,))


@pytest.mark.parametrize("words", [
    ["--nonsense"], ["nonsense"], ["-L", "loud", "run"], ["--wait=soon", "run"], ["-c"]])
def test_the_command_line(alone, words):
    done = alone.run(*words, ok=(COMMAND_LINE,))
    says(done, words[0].split("=")[0].lstrip("-"))


@pytest.mark.parametrize("line, words", [
    ("nonsense = 1", ["nonsense"]),
    ("record_ttl = soon", ["record_ttl"]),
    ("record_ttl = -1", ["record_ttl"]),
    ("record_ttl = 99999999999", ["record_ttl"]),
    ("follow_live = perhaps", ["follow_live"]),
    ('dnssec = "sometimes"', ["dnssec"]),
    ('target "x.test" { tlsa = { "411 25" } }', ["411"]),
    ('target "x.test" { tlsa = { "311 0" } }', ['"0"']),
    ('target "x.test" { tlsa = { "311 65536" } }', ["65536"]),
    ('target "x.test" { tlsa = { "311 25", "311 25 tcp x.test" } }', ["_25._tcp.x.test"]),
    ('target "x.test" { tlsa = { "311 25" } api = "carrier pigeon" }', ["carrier pigeon"]),
    (f'target "{HOST}" {{ tlsa = {{ "311 25" }} }}', [HOST]),
    ('zone "y" { nonsense = 1 }', ["nonsense"]),
], ids=lambda value: value if isinstance(value, str) else "")
def test_the_configuration_file(alone, line, words):
    text = alone.conf.read_text() + line + "\n"
    alone.configure(text)
    done = alone.run("configtest", ok=(CONFIGURATION,))
    says(done, f"{alone.conf}:{text.count(chr(10))}", *words)


def test_a_file_that_ends_too_soon(alone):
    alone.configure(alone.conf.read_text() + 'target "x.test" {')
    says(alone.run("configtest", ok=(CONFIGURATION,)), alone.conf)


def test_all_errors_of_a_file_in_one_run(alone):
    text = alone.conf.read_text()
    alone.configure(text + 'dnssec = "sometimes"\nttl_factor = 0\n')
    lines = text.count("\n")
    says(alone.run("configtest", ok=(CONFIGURATION,)),
         f"{alone.conf}:{lines + 1}", f"{alone.conf}:{lines + 2}")


def test_no_configuration_file(alone):
    alone.conf.unlink()
    says(alone.run("configtest", ok=(CONFIGURATION,)), alone.conf)


def test_a_directory_for_a_configuration(alone):
    alone.conf.unlink()
    alone.conf.mkdir()
    says(alone.run("configtest", ok=(CONFIGURATION,)), alone.conf)


def test_no_such_lineage(alone):
    alone.configure(**{"target missing.example.test": {"tlsa": ["311 25"]}})
    says(alone.run("configtest", ok=(1, CONFIGURATION)), "missing.example.test")


def break_key(alone):
    alone.lineage.path("privkey").write_text(
        Lineage(alone.base / "other", "other").renew().path("privkey").read_text())


def break_certificate(alone):
    for part in ("cert", "fullchain"):
        alone.lineage.path(part).write_text("this is no certificate\n")


def make_directory(alone):
    alone.lineage.path("cert").unlink()
    alone.lineage.path("cert").mkdir()


def cut_short(alone):
    path = alone.lineage.path("fullchain")
    path.write_bytes(path.read_bytes()[:300])


def remove(alone):
    alone.lineage.path("chain").unlink()


@pytest.mark.parametrize("damage", [
    break_key, break_certificate, make_directory, cut_short, remove],
    ids=lambda damage: damage.__name__)
def test_a_lineage_that_is_damaged(alone, damage):
    damage(alone)
    says(alone.run("configtest", ok=(1, CONFIGURATION)), HOST)


def test_a_damaged_version_is_never_taken_into_service(alone):
    alone.run("init")
    alone.run("pre")
    before = alone.link(HOST).read_text()
    alone.lineage.renew()
    break_key(alone)
    alone.run("run", ok=(0, 1))
    assert alone.link(HOST).read_text() == before


def world_readable(alone):
    alone.key.chmod(0o644)


def empty_secret(alone):
    alone.key.write_text('key "alnitak" { algorithm hmac-sha256; secret ""; };\n')


def no_base64(alone):
    alone.key.write_text('key "alnitak" { algorithm hmac-sha256; secret "%%%%"; };\n')


def unknown_algorithm(alone):
    alone.key.write_text('key "alnitak" { algorithm rot13; secret "c2VjcmV0"; };\n')


def empty_file(alone):
    alone.key.write_text("")


def no_file(alone):
    alone.key.unlink()


def directory(alone):
    alone.key.unlink()
    alone.key.mkdir()


@pytest.mark.parametrize("damage", [
    world_readable, empty_secret, no_base64, unknown_algorithm, empty_file, no_file,
    directory], ids=lambda damage: damage.__name__)
def test_a_key_file_that_is_no_good(alone, damage):
    secret = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
    damage(alone)
    done = alone.run("configtest", ok=(CONFIGURATION,))
    says(done, alone.key)
    assert secret not in done.stdout + done.stderr


def test_what_was_hardly_meant_so(alone):
    """It is good, and each is one warning."""
    alone.configure(**{"zone example.org": {"key": alone.key}, f"target {HOST}": {
        "tlsa": ["311 443"]}})
    lines = alone.run("configtest").stderr.splitlines()
    assert [line.split(": ")[1:3] for line in lines] == [
        [HOST, "no reload"], ["zone example.org.", "no target has a record there, so this "
                              "section is of use only where an alias leads into it"]], lines
    says(alone.configure(record_ttl=604800, ttl_factor=5).run("configtest"),
         f"{HOST}: a rollover takes 4", " left of the old one; lower ttl_factor to 2")
    del alone.settings["record_ttl"], alone.settings["ttl_factor"]
    del alone.settings["key"]
    says(alone.configure().run("configtest"), f"{HOST}: no key to update _443._tcp.{HOST}. with")
    del alone.settings[f"target {HOST}"]
    says(alone.configure().run("configtest"), f"{alone.conf}: no target", "0 targets")


def test_what_comes_after_the_first_init(alone):
    says(alone.run("init"), f"the links are made, in {alone.dane}.", "1. alnitak --wait")
    assert alone.run("init").stdout == ""

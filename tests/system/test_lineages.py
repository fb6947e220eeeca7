# SPDX-License-Identifier: MIT
"""Lineages in every layout that the real certbot takes, and those that it refuses."""

import os
import re

import pytest

from lab.base import run
from lab.client import audited
from lab.lineage import PARTS
from lab.world import HOST, leaf


def certbot_says(base, letsencrypt):
    """"VALID", or "invalid"."""
    done = run("/usr/bin/certbot", "certificates", "--config-dir", letsencrypt,
               "--work-dir", base / "certbot", "--logs-dir", base / "certbot")
    return re.search(r"\bVALID\b|\binvalid\b", done.stdout + done.stderr)[0]


def archive_dir(letsencrypt, archive):
    """certbot shall keep the versions of HOST in ARCHIVE."""
    conf = letsencrypt / "renewal" / f"{HOST}.conf"
    conf.write_text(re.sub(r"(?m)^archive_dir = .*$", f"archive_dir = {archive}",
                           conf.read_text()))


def point(letsencrypt, archive, number=1):
    for part in PARTS:
        link = letsencrypt / "live" / HOST / f"{part}.pem"
        link.unlink()
        link.symlink_to(f"{archive}/{part}{number}.pem")


@pytest.mark.parametrize("where, absolute", [
    ("etc/letsencrypt/archive/" + HOST, True),
    ("etc/letsencrypt/archive/" + HOST + "-0001", False),
    ("srv/certificates/mail", False),
    ("srv/certificates/mail", True),
], ids=["absolute", "renamed", "another disk", "another disk, absolute"])
def test_layouts_that_certbot_takes(settled, where, absolute):
    """They are taken while in service, and renewals follow them."""
    certbot, alnitak = settled.certbot, settled.alnitak
    old, new = certbot.dir / "archive" / HOST, settled.base / where
    versions = [leaf(certbot.live(HOST))]
    with audited(settled) as client:
        new.parent.mkdir(parents=True, exist_ok=True)
        old.rename(new)
        archive_dir(certbot.dir, new)
        certbot.run("update_symlinks")
        if absolute:
            point(certbot.dir, new)
        assert certbot_says(settled.base, certbot.dir) == "VALID"
        alnitak.run("configtest")
        alnitak.run("pre")
        assert alnitak.link(HOST).resolve() == new / "fullchain1.pem"
        alnitak.run("post")
        settled.renew()
        assert alnitak.link(HOST).resolve() == new / "fullchain1.pem", "not released yet"
        versions.append(leaf(certbot.live(HOST)))
        settled.run_until_finished()
    assert client.certificates == versions
    assert alnitak.link(HOST).resolve() == new / "fullchain2.pem"
    assert not list(alnitak.dane.glob(".*")), "nothing was taken for foreign"


def conf(letsencrypt, archive):
    """What certbot would have written for a lineage made by hand."""
    live = letsencrypt / "live" / HOST
    path = letsencrypt / "renewal" / f"{HOST}.conf"
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join((
        "version = 2.1.0\n", f"archive_dir = {archive}\n",
        *(f"{part} = {live}/{part}.pem\n" for part in PARTS),
        "[renewalparams]\naccount = x\nauthenticator = standalone\n")))


def copies(letsencrypt, archive):
    for part in PARTS:
        link = letsencrypt / "live" / HOST / f"{part}.pem"
        link.unlink()
        link.write_text((archive / f"{part}1.pem").read_text())


def test_copies_in_live_are_refused(alone):
    """As certbot does; with the cure."""
    letsencrypt, archive = alone.base / "etc/letsencrypt", alone.lineage.archive
    conf(letsencrypt, archive)
    assert certbot_says(alone.base, letsencrypt) == "VALID"
    alone.run("configtest")
    copies(letsencrypt, archive)
    assert certbot_says(alone.base, letsencrypt) == "invalid"
    done = alone.run("configtest", ok=(3,))
    assert len(done.stderr.splitlines()) == 1
    assert "certbot certonly --cert-name" in done.stderr, done.stderr


def test_an_archive_dir_that_the_links_do_not_follow(alone):
    """certbot takes that, and at the next renewal has live lead nowhere."""
    letsencrypt, archive = alone.base / "etc/letsencrypt", alone.lineage.archive
    conf(letsencrypt, f"{archive}-0001")
    (letsencrypt / "archive" / f"{HOST}-0001").mkdir()
    assert certbot_says(alone.base, letsencrypt) == "VALID"
    done = alone.run("configtest")
    assert "certbot update_symlinks" in done.stderr, done.stderr


def cert(name, issuer=None, base=None):
    """A certificate of NAME, PEM, and its key, by openssl; ISSUER made it."""
    key, pem = base / f"{name}.key", base / f"{name}.pem"
    signer = issuer or name
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
        "-nodes", "-days", "90", "-subj", f"/CN={name}", "-keyout", key, "-out", pem,
        *(() if signer == name else ("-CA", base / f"{signer}.pem",
                                     "-CAkey", base / f"{signer}.key")))
    return pem.read_text()


def test_chains_in_every_order(alone):
    """What is behind the first certificate does not concern usage 3, and the issuer of
    usage 2 is found wherever it is; the record is the same each time."""
    archive = alone.lineage.archive
    target = f"target {HOST}"
    root = cert("Root", base=alone.base)
    issuer = cert("Issuer", "Root", alone.base)
    other = cert("Other", "Root", alone.base)
    own = cert("leaf", "Issuer", alone.base)
    (archive / "privkey1.pem").write_text((alone.base / "leaf.key").read_text())
    (archive / "cert1.pem").write_text(own)
    printed = set()
    for rest in ([issuer], [own, issuer], [issuer, issuer], [root, issuer],
                 [issuer, other], [other, issuer, root], [issuer] + [root] * 15):
        (archive / "chain1.pem").write_text("".join(rest))
        (archive / "fullchain1.pem").write_text(own + "".join(rest))
        for words in (["311 443"], ["211 443", "201 25", "311 443"]):
            alone.settings[target]["tlsa"] = words
            alone.configure().run("configtest")
        printed.add(alone.run("print").stdout)
    assert len(printed) == 1
    # Without its issuer: good for usage 3, and usage 2 is told what it lacks.
    (archive / "fullchain1.pem").write_text(own + root)
    done = alone.run("configtest", ok=(3,))
    assert "2 1 1 is about the issuer" in done.stderr
    alone.settings[target]["tlsa"] = ["311 443"]
    alone.configure().run("configtest")


def test_rights_that_configtest_names(alone):
    """Each is one line with what to do, and gone when it is done."""
    letsencrypt, key = alone.base / "etc/letsencrypt", alone.lineage.path("privkey")
    for directory in (letsencrypt / "live", letsencrypt / "archive", alone.lineage.archive,
                      alone.lineage.live):
        directory.chmod(0o755)
    alone.settings[f"target {HOST}"]["probe"] = "off"
    alone.configure().run("init")
    assert "services not looked at: not probed: 443" in alone.run("configtest").stdout

    def expect(*parts):
        lines = alone.run("configtest", ok=(3,)).stderr.splitlines()
        assert len(lines) == 1 and all(part in lines[0] for part in parts), lines
    for path, wrong, right, *parts in (
            (key, 0o644, 0o600, "everybody can read", "privkey.pem", "chmod o-r"),
            (alone.key, 0o644, 0o600, str(alone.key), "chmod 600"),
            (alone.conf, 0o666, 0o644, f"configuration {alone.conf}", "chmod go-w"),
            (alone.lineage.archive, 0o777, 0o755, str(alone.lineage.archive), "chmod go-w"),
            (alone.state, 0o777, 0o711, str(alone.state), "chmod go-w")):
        path.chmod(wrong)
        expect(*parts)
        path.chmod(right)
        alone.run("configtest")
    os.chown(alone.key, 65534, 0)
    expect(str(alone.key), "chown root")
    os.chown(alone.key, 0, 0)
    # A service of a group, to which the archive was opened half.
    os.chown(key, 0, 65534)
    key.chmod(0o640)
    alone.run("configtest")
    (letsencrypt / "archive").chmod(0o700)
    expect("group 65534", str(letsencrypt / "archive"), "chgrp 65534 and chmod g+x")
    os.chown(letsencrypt / "archive", 0, 65534)
    (letsencrypt / "archive").chmod(0o710)
    alone.run("configtest")


def test_an_archive_that_others_can_change_is_refused(alone):
    archive = alone.base / "open" / HOST
    alone.run("configtest")
    archive.parent.mkdir()
    alone.lineage.archive.rename(archive)
    point(alone.base / "etc/letsencrypt", archive)
    alone.run("configtest")
    archive.parent.chmod(0o777)
    done = alone.run("configtest", ok=(3,))
    assert f"others can change {archive.parent};" in done.stderr, done.stderr
    archive.parent.chmod(0o755)
    alone.run("configtest")

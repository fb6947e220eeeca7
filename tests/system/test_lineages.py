# SPDX-License-Identifier: MIT
"""Lineages in every layout that the real certbot takes, and those that it refuses."""

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

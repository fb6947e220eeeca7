# SPDX-License-Identifier: MIT
"""A certbot lineage made by hand, where no ACME server is wanted."""

from pathlib import Path

from .base import run

PARTS = ("cert", "chain", "fullchain", "privkey")


class Lineage:
    """archive/NAME and live/NAME below LETSENCRYPT, like certbot's own."""

    def __init__(self, letsencrypt, name):
        self.name = name
        self.archive = Path(letsencrypt) / "archive" / name
        self.live = Path(letsencrypt) / "live" / name
        for directory in (self.archive, self.live):
            directory.mkdir(parents=True, mode=0o700)
        self.version = 0

    def path(self, part, version=None):
        return self.archive / f"{part}{version or self.version}.pem"

    def renew(self, names=None):
        """Add a version, and move live to it. NAMES: as openssl writes them."""
        self.version += 1
        names = names or f"DNS:{self.name}"
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
            "ec_paramgen_curve:prime256v1", "-nodes", "-days", "90",
            "-subj", f"/CN={self.name}", "-addext", f"subjectAltName={names}",
            "-keyout", self.path("privkey"), "-out", self.path("cert"))
        self.path("chain").write_text(self.path("cert").read_text())
        self.path("fullchain").write_text(self.path("cert").read_text() * 2)
        self.path("privkey").chmod(0o600)
        for part in PARTS:
            link = self.live / f"{part}.pem"
            link.unlink(missing_ok=True)
            link.symlink_to(f"../../archive/{self.name}/{part}{self.version}.pem")
        return self

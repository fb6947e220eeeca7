# SPDX-License-Identifier: MIT
"""A program for `notify` that leaves what it is told."""

import os
import pwd
import re

NOBODY = pwd.getpwnam("nobody")
# Leaves what it is told, one file a call, and fails while there is a file "broken".
NOTING = """#!/bin/sh
set -eu
cd {notes}
n=$(ls | grep -c input || true)
cat > "$n.input"
env > "$n.env"
id -un > "$n.user"
[ ! -e broken ]
"""


def noting(world):
    notes = world.base / "notes"
    notes.mkdir()
    os.chown(notes, NOBODY.pw_uid, NOBODY.pw_gid)
    program = world.base / "notify"
    program.write_text(NOTING.format(notes=notes))
    program.chmod(0o755)
    world.alnitak.configure(notify=str(program), notify_user="nobody")
    return notes


def told(notes):
    """What it was told, in order: (event, all of the input, user)."""
    said = []
    for n in range(len(list(notes.glob("*.input")))):
        env = (notes / f"{n}.env").read_text()
        said.append((re.search("^ALNITAK_EVENT=(.*)$", env, re.M)[1],
                     (notes / f"{n}.input").read_text(),
                     (notes / f"{n}.user").read_text().strip()))
    return said

# SPDX-License-Identifier: MIT
"""What systemd does with alnitak.path: a run whenever what it names has changed."""

import contextlib
import ctypes
import os
import re
import select
import threading
from pathlib import Path

UNIT = Path(__file__).parents[2] / "dist/systemd/alnitak.path"
LIBC = ctypes.CDLL(None, use_errno=True)
# What PathChanged= asks the kernel for (systemd.path(5)).
CHANGED = 0x4 | 0x8 | 0x40 | 0x80 | 0x100 | 0x200 | 0x400 | 0x800


def directories(world):
    """Of the unit, those of this world."""
    named = re.findall(r"^PathChanged=/etc/letsencrypt(.*)$", UNIT.read_text(), re.M)
    return [Path(f"{world.certbot.dir}{below}") for below in named]


@contextlib.contextmanager
def watched(world):
    """A run for every change, as long as this lasts; yields their exit statuses."""
    queue, statuses, done = LIBC.inotify_init1(os.O_NONBLOCK), [], threading.Event()
    for directory in directories(world):
        if LIBC.inotify_add_watch(queue, bytes(directory), CHANGED) < 0:
            raise OSError(ctypes.get_errno(), str(directory))

    def serve():
        while not done.is_set():
            if select.select([queue], [], [], 0.1)[0]:
                os.read(queue, 65536)
                statuses.append(world.alnitak.run("run", ok=None).returncode)
    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield statuses
    finally:
        done.set()
        thread.join()
        os.close(queue)

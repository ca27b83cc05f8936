"""Whether a second process would have a core of its own."""

from __future__ import annotations

import os
import sys


def core_is_free() -> bool:
    """Two cores for us, and the load of the last minute leaves one.

    On Linux alone: elsewhere a process cannot be forked, or not safely beside the thread that draws the progress bar.
    """
    if sys.platform != "linux":
        return False
    try:
        load = os.getloadavg()[0]
    except OSError:
        return False
    cores = len(os.sched_getaffinity(0))
    return cores >= 2 and load <= cores - 0.5

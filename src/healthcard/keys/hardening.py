"""What a process does so that its memory stays its own: no core dump, no tracing, no swapping (docs/keys.md)."""

from __future__ import annotations

import ctypes
import os
import resource
from dataclasses import dataclass

PR_SET_DUMPABLE = 4  # linux/prctl.h
PR_GET_DUMPABLE = 3
MCL_CURRENT, MCL_FUTURE, MCL_ONFAULT = 1, 2, 4  # asm-generic/mman.h


@dataclass(frozen=True, slots=True, kw_only=True)
class Hardening:
    """What was reached: each True or False."""

    no_core: bool
    not_dumpable: bool
    locked: bool


def harden() -> Hardening:
    """Harden this process. Raises OSError where core dumps or tracing can not be forbidden; locking is best effort."""
    libc = ctypes.CDLL(None, use_errno=True)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_DUMPABLE) was refused")
    return Hardening(
        no_core=resource.getrlimit(resource.RLIMIT_CORE) == (0, 0),
        not_dumpable=libc.prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0,
        locked=_lock(libc),
    )


def become(uid: int, gid: int) -> None:
    """Go on as another user, for good. Raises OSError when we are not root; `harden` again afterwards."""
    try:
        resource.setrlimit(resource.RLIMIT_MEMLOCK, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    except (ValueError, OSError):  # root of a container: what is locked would count against a limit from now on
        ctypes.CDLL(None).munlockall()
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)


def _lock(libc: ctypes.CDLL) -> bool:
    """Keep memory off the swap. Not under a limit: later allocations would fail instead."""
    unlimited = resource.getrlimit(resource.RLIMIT_MEMLOCK)[0] == resource.RLIM_INFINITY
    if not (unlimited or os.geteuid() == 0):
        return False
    return bool(libc.mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0)

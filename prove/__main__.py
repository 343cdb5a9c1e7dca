"""Run all proofs, or the named ones: `python -m prove [NAME ...]`. One machine-readable line each; 1 if any failed."""

from __future__ import annotations

import importlib
import pkgutil
import sys
import time
import traceback

import prove
from prove import Disproved


def run(name: str) -> bool:
    """Run one proof and print its lines; whether it held."""
    started = time.monotonic()
    try:
        for line in importlib.import_module(f"prove.{name}").prove():
            print(line, flush=True)
    except Disproved as failure:
        print(f"DISPROVED {failure}", flush=True)
        return False
    except Exception:  # noqa: BLE001 - a proof that broke proves nothing; the others are carried out all the same
        traceback.print_exc()
        print(f"BROKEN name={name}", flush=True)
        return False
    print(f"PROVED name={name} seconds={time.monotonic() - started:.0f}", flush=True)
    return True


def main() -> int:
    """0 when every proof held and there was at least one."""
    found = sorted(module.name for module in pkgutil.iter_modules(prove.__path__) if module.name != "__main__")
    names = [name for name in found if not sys.argv[1:] or name in sys.argv[1:]]
    held = [run(name) for name in names]
    return 0 if held and all(held) else 1


if __name__ == "__main__":
    sys.exit(main())

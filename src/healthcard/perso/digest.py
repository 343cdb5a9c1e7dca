"""SM3 digests (GB/T 32905) of what the engine plans and compares."""

from __future__ import annotations

from cryptography.hazmat.primitives.hashes import SM3, Hash


def sm3(*parts: bytes) -> bytes:
    """SM3 (32 bytes) over the parts one after the other."""
    hasher = Hash(SM3())
    for part in parts:
        hasher.update(part)
    return hasher.finalize()

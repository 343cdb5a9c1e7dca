"""The `openssl` command as a foreign cipher machine: the oracle of our frozen vectors."""

from __future__ import annotations

import subprocess


def sm4(mode: str, key: bytes, data: bytes) -> bytes:
    """`data` (whole blocks) enciphered by the command, initial value zero."""
    command = ["openssl", "enc", f"-sm4-{mode}", "-K", key.hex(), "-nopad"]
    command += ["-iv", "0" * 32] if mode == "cbc" else []
    return subprocess.run(command, input=data, capture_output=True, check=True).stdout


def derive(key: bytes, factor: bytes) -> bytes:
    return sm4("ecb", key, factor + bytes(byte ^ 0xFF for byte in factor))


def fold(session: bytes, text: bytes) -> bytes:
    both = sm4("ecb", session, text + bytes(8))
    return bytes(left ^ right for left, right in zip(both[:8], both[8:], strict=True))


def padded(data: bytes) -> bytes:
    whole = (len(data) // 16 + 1) * 16
    return (data + b"\x80").ljust(whole, b"\x00")


def mac4(key: bytes, data: bytes) -> bytes:
    return sm4("cbc", key, padded(data))[-16:-12]

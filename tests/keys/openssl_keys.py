"""The formulas of card.md 5 computed by the openssl command, one block at a time."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass

from healthcard.keys.hierarchy import HIERARCHY

BLOCKS = {"SM4": 16, "AES": 16, "3DES": 8}
ECB = {"SM4": "-sm4-ecb", "AES": "-aes-128-ecb", "3DES": "-des-ede"}
CBC = {"SM4": "-sm4-cbc", "AES": "-aes-128-cbc", "3DES": "-des-ede-cbc"}


def openssl(*arguments: str, data: bytes) -> bytes:
    return subprocess.run(["openssl", *arguments], input=data, capture_output=True, check=True).stdout


def padded(data: bytes, block: int) -> bytes:
    data += b"\x80"
    while len(data) % block:
        data += b"\x00"
    return data


@dataclass(frozen=True)
class OpensslKey:
    """A key in the openssl command's hands."""

    algorithm: str
    value: bytes

    @property
    def block(self) -> int:
        return BLOCKS[self.algorithm]

    def ecb(self, data: bytes) -> bytes:
        return openssl("enc", ECB[self.algorithm], "-nopad", "-K", self.value.hex(), data=data)

    def encipher(self, data: bytes) -> bytes:
        """In the mode of updates."""
        return {"ECB": self.ecb, "CBC": self.cbc}[HIERARCHY.rules.encipher](data)

    def cbc(self, data: bytes) -> bytes:
        arguments = ("enc", CBC[self.algorithm], "-nopad", "-K", self.value.hex(), "-iv", "00" * self.block)
        return openssl(*arguments, data=data)

    def below(self, factor: bytes) -> OpensslKey:
        return OpensslKey(self.algorithm, self.ecb(factor + bytes(255 - byte for byte in factor)))

    def check_value(self) -> bytes:
        return self.ecb(bytes(self.block))[:3]

    def mac(self, data: bytes) -> bytes:
        return self.cbc(padded(data, self.block))[-self.block :][:4]

    def field(self, header: bytes, clear: bytes, prefix: bytes, value: bytes, *, pad: bool) -> bytes:
        plain = padded(prefix + value, self.block) if pad else prefix + value
        body = clear + self.ecb(plain)
        return body + self.mac(header + body)

    def pin(self) -> bytes:
        """Six digits of a chip's PIN key: enciphered counters in groups of three bytes, unfair draws left out."""
        for counter in range(1, 9):
            block = self.ecb(counter.to_bytes(16, "big"))
            for at in (0, 3, 6, 9, 12):
                draw = int.from_bytes(block[at : at + 3], "big")
                digits = f"{draw % 10**6:06d}"
                if draw < 16_000_000 and len(set(digits)) > 1:
                    return bytes.fromhex(digits)
        raise AssertionError("no PIN in 40 draws")

"""The algorithms by name, in one table; what only hardware may serve has no cipher here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import BlockCipherAlgorithm
from cryptography.hazmat.primitives.ciphers.algorithms import AES, SM4

from healthcard.keys.errors import AlgorithmRefused

BlockCipher = Callable[[bytes], BlockCipherAlgorithm]


@dataclass(frozen=True, slots=True, kw_only=True)
class Algorithm:
    """`block` and `length` (of a key as kept) in bytes; `cipher` is None where software has none to offer."""

    name: str
    zh: str
    block: int
    length: int
    cipher: BlockCipher | None = None
    remark: str = ""


def _two_key(key: bytes) -> BlockCipherAlgorithm:
    """16-byte keys of old cards: the first half serves again as the third key (GB/T 17964, PBOC)."""
    return TripleDES(key + key[:8])


SM2 = "SM2"
ALGORITHMS = {
    algorithm.name: algorithm
    for algorithm in (
        Algorithm(name="SM4", zh="GB/T 32907 分组密码算法", block=16, length=16, cipher=SM4),
        Algorithm(name="3DES", zh="三重数据加密算法（旧卡）", block=8, length=16, cipher=_two_key),
        Algorithm(name="AES", zh="高级加密标准", block=16, length=16, cipher=AES),
        Algorithm(
            name="SM1",
            zh="SM1 分组密码算法",
            block=16,
            length=16,
            remark="it is unpublished and exists in hardware only; put a hardware driver in service",
        ),
        Algorithm(
            name=SM2, zh="GB/T 32918 椭圆曲线公钥密码算法", block=0, length=96, remark="it signs, it does not encipher"
        ),
    )
}


def algorithm(name: str) -> Algorithm:
    """The row of `name`; raises AlgorithmRefused for a name that is not in the table."""
    try:
        return ALGORITHMS[name]
    except KeyError:
        known = ", ".join(ALGORITHMS)
        raise AlgorithmRefused(f"No algorithm is called {name}. Known: {known}.") from None


def block_cipher(name: str) -> BlockCipher:
    """The cipher software offers under `name`; raises AlgorithmRefused with the reason where it offers none."""
    row = algorithm(name)
    if row.cipher is None:
        raise AlgorithmRefused(f"Software does not encipher with {name}: {row.remark}.")
    return row.cipher

"""The batch engine against the plain formula, one chip and one load at a time."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from hypothesis import given, settings
from hypothesis import strategies as st

from healthcard.keys import wrapping
from healthcard.keys.algorithms import ALGORITHMS
from healthcard.keys.wrapping import Plain
from keys import masters


def padded(data, block):
    data += b"\x80"
    return data + bytes(-len(data) % block)


def plainly(algorithm, key, field, value):
    """The data field by the definition of KeyLoad."""
    row = ALGORITHMS[algorithm]
    body = field.prefix + value
    body = padded(body, row.block) if field.padded else body
    data = field.clear + Cipher(row.cipher(key), modes.ECB()).encryptor().update(body)
    chain = Cipher(row.cipher(key), modes.CBC(bytes(row.block))).encryptor()
    return data + chain.update(padded(field.header + data, row.block))[-row.block :][:4]


@st.composite
def batches(draw):
    algorithm = draw(st.sampled_from(masters.SOFTWARE))
    count = draw(st.integers(1, 5))
    keys = draw(st.lists(st.binary(min_size=16, max_size=16), min_size=count, max_size=count))
    fields = []
    for _ in range(draw(st.integers(1, 6))):
        padded_field = draw(st.booleans())
        width = draw(st.sampled_from([3, 16])) if padded_field else 16
        fields.append(
            Plain(
                header=draw(st.binary(min_size=5, max_size=5)),
                clear=draw(st.binary(max_size=8)),
                prefix=draw(st.binary(max_size=8)) if padded_field else b"",
                padded=padded_field,
                values=draw(st.binary(min_size=width * count, max_size=width * count)),
                width=width,
            )
        )
    return algorithm, keys, fields


@settings(max_examples=300, deadline=None)
@given(batches())
def test_a_batch_is_what_the_definition_gives_for_each_chip_and_load(batch):
    algorithm, keys, fields = batch
    row = ALGORITHMS[algorithm]
    machines = [Cipher(row.cipher(key), modes.ECB()).encryptor().update for key in keys]
    expected = b"".join(
        plainly(algorithm, key, field, field.values[index * field.width : (index + 1) * field.width])
        for index, key in enumerate(keys)
        for field in fields
    )
    assert wrapping.wrap(fields, len(keys), row.block, machines.__getitem__) == expected


def test_a_value_that_makes_no_whole_blocks_is_refused():
    field = Plain(header=bytes(5), clear=b"", prefix=b"", padded=False, values=bytes(3), width=3)
    with pytest.raises(ValueError, match="3 bytes make no whole blocks of 16"):
        wrapping.wrap([field], 1, 16, lambda _: bytes)

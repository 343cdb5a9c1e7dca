"""The devices of a desk beside its card readers: what each one tells when it is asked, and how much of it.

All of them are asked in the same way: one step of a session, answered with texts by name. Another device is one more
line here; its driver is the station's (station/README.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from healthcard.services.errors import Invalid

TAKE = "take"  # the act on the line that asks a device and nothing else
PICTURE = 300_000  # characters of a picture, base64


class Device(StrEnum):
    """What a station may have, by the name it goes by on the wire."""

    PAD = "pad"  # the holder types a new PIN
    IDENTITY_CARD = "identity_card"  # what the chip of an identity card says
    CAMERA = "camera"
    SIGNATURE = "signature"  # what somebody writes on the pad


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What a device tells: the most characters of each text; those in `needed` are never blank."""

    texts: Mapping[str, int]
    needed: tuple[str, ...]


_IDENTITY = {
    "name": 60,
    "sex": 1,  # GB/T 2261.1
    "ethnic_group": 2,  # GB/T 3304
    "birth_date": 8,  # YYYYMMDD
    "citizen_number": 18,
    "registered_address": 200,
    "valid_until": 8,  # YYYYMMDD, blank: for ever
}
TELLINGS: Mapping[Device, Telling] = MappingProxyType(
    {
        Device.PAD: Telling(texts={"digits": 12}, needed=("digits",)),
        Device.IDENTITY_CARD: Telling(texts=_IDENTITY, needed=("name", "citizen_number")),
        Device.CAMERA: Telling(texts={"picture": PICTURE}, needed=("picture",)),
        Device.SIGNATURE: Telling(texts={"picture": PICTURE}, needed=("picture",)),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a device told, or in `gone` why it told nothing."""

    texts: Mapping[str, str] = field(default_factory=dict, repr=False)
    gone: str = ""


def read(device: Device, gone: str, told: object) -> Told:
    """A station's answer for `device`; raises Invalid naming the text."""
    if gone:
        return Told(gone=gone)
    telling = TELLINGS[device]
    given = told if isinstance(told, Mapping) else {}
    for name in given:
        if name not in telling.texts:
            raise _invalid(str(name)[:40], "this device tells no such thing")
    texts = {name: given.get(name, "") for name in telling.texts}
    for name, text in texts.items():
        if not isinstance(text, str) or len(text) > telling.texts[name] or (name in telling.needed and not text):
            raise _invalid(name, f"1 to {telling.texts[name]} characters, or the reason why there are none")
    return Told(texts=texts)


def _invalid(name: str, wanted: str) -> Invalid:
    return Invalid(name, "设备的应答不符合要求", f"The answer of a device does not fit: {wanted}.")

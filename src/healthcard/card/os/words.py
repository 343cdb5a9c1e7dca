"""The status words this COS answers with, by name; their sentences are in `wire/status.toml`."""

from __future__ import annotations

from enum import IntEnum


class Word(IntEnum):
    """A status word SW1 SW2."""

    DONE = 0x9000
    APPLICATION_BLOCKED = 0x6283
    WRONG_TRIES = 0x63C0
    MEMORY_FAILED = 0x6581
    WRONG_LENGTH = 0x6700
    NO_CHANNELS = 0x6881
    NO_SECURE_MESSAGING = 0x6882
    WRONG_STRUCTURE = 0x6981
    NOT_ALLOWED = 0x6982
    KEY_BLOCKED = 0x6983
    NO_CHALLENGE = 0x6984
    CONDITIONS = 0x6985
    NO_FILE = 0x6986
    MAC_MISSING = 0x6987
    MAC_WRONG = 0x6988
    WRONG_DATA = 0x6A80
    CARD_BLOCKED = 0x6A81
    FILE_UNKNOWN = 0x6A82
    RECORD_UNKNOWN = 0x6A83
    NO_SPACE = 0x6A84
    WRONG_PARAMETERS = 0x6A86
    KEY_UNKNOWN = 0x6A88
    EXISTS = 0x6A89
    WRONG_OFFSET = 0x6B00
    UNKNOWN_INSTRUCTION = 0x6D00
    UNKNOWN_CLASS = 0x6E00
    BLOCKED_FOR_EVER = 0x9303


class Denied(Exception):
    """The command is not carried out (or not to its end); `sw` is the answer."""

    def __init__(self, sw: int) -> None:
        """`sw` is a status word other than 9000."""
        super().__init__(f"{sw:04X}")
        self.sw = sw

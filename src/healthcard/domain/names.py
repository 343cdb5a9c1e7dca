"""How a person's name is spelt on the chip: 30 bytes of GBK (card.md item 11).

The record and the card face keep the name as the person's document has it. Characters that GBK cannot write
(𠮷, 䶮, 㛃) must not cost anybody the card: a clerk reviews a spelling for the chip, which is kept beside the name.
"""

from __future__ import annotations

import unicodedata

from healthcard.domain.resident import Resident

CHIP_BYTES = 30  # item 11 and the names of contacts, items 25, 28, 31
MIDDLE_DOT = "·"  # U+00B7, the one GBK writes (A1 A4)
_FOLD = str.maketrans(dict.fromkeys("•‧・･∙⋅ꞏ᛫⸱⸳𐄁", MIDDLE_DOT))


class NameNeedsReview(ValueError):
    """A name has characters GBK cannot write and no reviewed spelling for the chip."""

    def __init__(self, characters: str) -> None:
        """`characters` are those GBK cannot write, each once, in the name's order."""
        named = ", ".join(f"{char} (U+{ord(char):04X})" for char in characters)
        super().__init__(
            f"The chip cannot carry {named}: it writes names in GBK. "
            "Have a spelling for the chip (芯片用名) reviewed: healthcard resident chip-name ID SPELLING."
        )
        self.characters = characters


def fold(text: str) -> str:
    """`text` in Unicode's composed form (NFC), every look-alike of the middle dot as U+00B7."""
    return unicodedata.normalize("NFC", text).translate(_FOLD)


def unwritable(text: str) -> str:
    """The characters of `text` that GBK has no bytes for, each once ('' = all can be written)."""
    try:
        text.encode("gbk")
    except UnicodeEncodeError:
        return "".join(dict.fromkeys(char for char in text if not _writable(char)))
    return ""


def fits(text: str, length: int) -> bool:
    """Whether the chip has room for `text` in `length` bytes: one for ASCII, two for any other character."""
    return 2 * len(text) <= length or len(text) + sum(char > "\x7f" for char in text) <= length


def cut(text: str, length: int) -> str:
    """The longest beginning of `text` that GBK writes in `length` bytes, never half a character.

    A middle dot left at the end says nothing and is dropped. Raises NameNeedsReview for what GBK cannot write.
    """
    missing = unwritable(text)
    if missing:
        raise NameNeedsReview(missing)
    raw = text.encode("gbk")
    if len(raw) <= length:
        return text
    return raw[:length].decode("gbk", errors="ignore").rstrip(MIDDLE_DOT)


def chip_name(resident: Resident) -> str:
    """The name as the chip stores it: the reviewed spelling if there is one, dots folded, cut at 30 bytes.

    Raises NameNeedsReview, naming the characters, when GBK cannot write it and nobody has reviewed a spelling.
    """
    return chip_spelling(resident.chip_name or resident.name)


def chip_spelling(name: str) -> str:
    """Any person's name (a contact's, a holder's) as the chip stores it; errors as `chip_name`."""
    return cut(fold(name).strip(), CHIP_BYTES)


def _writable(char: str) -> bool:
    try:
        char.encode("gbk")
    except UnicodeEncodeError:
        return False
    return True

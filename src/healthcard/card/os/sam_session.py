"""What a SAM knows while it has power, and what its commands share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from healthcard.card.os.crypto import KeyInUse
from healthcard.card.os.sam_memory import PRODUCT, SamFile, SamMemory
from healthcard.card.os.words import Denied, Word

MF = 0x3F00
DF01 = 0xDF01


@dataclass(slots=True, repr=False)
class WorkingKey:
    """The key DELIVERY KEY has set: it serves one CIPHER, which may come in parts (`part` names the kind begun)."""

    key: KeyInUse
    use: int
    part: str | None = None
    chain: bytes = b""  # of a MAC in parts: the last block


@dataclass(slots=True, repr=False)
class SamSession:
    """The volatile state over the memory; everything but `memory`, `random` and `writes` goes with the power."""

    memory: SamMemory
    random: Callable[[int], bytes]
    writes: int = 0
    directory: int = MF
    file: SamFile | None = None
    challenge: bytes | None = None
    rights: bool = False
    verified: bool = False
    working: WorkingKey | None = field(default=None)

    def power_up(self) -> None:
        """Forget what only power keeps."""
        self.directory, self.file, self.challenge, self.working = MF, None, None, None
        self.rights = self.verified = False

    def wrote(self) -> None:
        """The memory has changed; who keeps the image looks at `writes`."""
        self.writes += 1

    def enter(self, directory: int) -> None:
        """Make a directory current; a key set in the other one is gone."""
        self.directory, self.file, self.working = directory, None, None

    def select(self, fid: int) -> None:
        """Make a file of the current directory current; 6A82 when it has none such."""
        self.file = self._find("fid", fid)

    def select_short(self, sfi: int) -> None:
        """The same by short file identifier."""
        self.file = self._find("sfi", sfi)

    def take_challenge(self) -> bytes:
        """The last challenge, which serves once; 6984 when there is none."""
        if self.challenge is None:
            raise Denied(Word.NO_CHALLENGE)
        challenge, self.challenge = self.challenge, None
        return challenge

    def need_rights(self) -> None:
        """Personalisation only: 6985 after its end, 6982 without the transport key."""
        if self.memory.ended:
            raise Denied(Word.CONDITIONS)
        if not self.rights:
            raise Denied(Word.NOT_ALLOWED)

    def _find(self, field_name: str, value: int) -> SamFile:
        for file in PRODUCT.files:
            if file.directory == self.directory and getattr(file, field_name) == value:
                return file
        raise Denied(Word.FILE_UNKNOWN)

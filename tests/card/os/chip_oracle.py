"""An independent witness of a chip: it sees commands and answers only, and says when 9000 was not earned.

It knows the bench card's files, keys and conditions from `chip_bench`, has cipher code of its own (`chip_terminal`),
and keeps its own account of what was authenticated where. While somebody holds personalisation rights it watches
proofs and blocks alone.
"""

from __future__ import annotations

import re

from chip_bench import FILES, LAYOUT, PIN, TRANSPORT_KEY, TRANSPORT_KIDS, BenchFile, key_of
from chip_terminal import div, mac, token, unsealed

from healthcard.card.os.chip import Chip

DIRECTORIES = {directory.fid: directory.path for directory in LAYOUT.directories}
NAMES = {directory.name: directory.path for directory in LAYOUT.directories}
BY_PATH = {file.path: file for file in FILES}
COUNTERS = re.compile(rb'"left":\d+')
HARMLESS = {"A4", "B0", "B2", "84", "82", "88", "CA", "C0", "20"}  # what changes no file, key or block
MAKING = {"80E0", "84D4", "84F4", "800E", "8010", "800C", "801A"}
UPDATES = {"00D6", "04D6", "00DC", "04DC", "00E2", "04E2"}
ALWAYS_IN_BLOCK = {"00A4", "0084", "80CA"}
IN_TEMPORARY_BLOCK = ALWAYS_IN_BLOCK | {"0082", "841E", "8418"}


class Unearned(AssertionError):
    """The chip said yes where it had to say no."""


class Oracle:
    def __init__(self, product: str, stage: str) -> None:
        self.product = product
        self.making = stage in ("blank", "half made", "made")
        self.dead = stage == "blocked"
        self.blocks = {"DF01": 1, "DF02": 2} if stage == "locked" else {}
        self.remade = False  # somebody with rights changed files or keys: our tables no longer hold
        self.pins = {PIN}
        self.power()

    def power(self) -> None:
        self.directory, self.file = "MF", None
        self.challenge: bytes | None = None
        self.grants: set[str] = set()
        self.rights = False
        self.verified = False

    def see(self, command: bytes, answer: bytes) -> None:
        """Judge one exchange."""
        sw = answer[-2:].hex().upper()
        if self.dead:
            self._demand(answer == b"\x6a\x81", "a blocked card answered")
            return
        code = command[:2].hex().upper()
        if code == "00A4" and sw == "6283":
            self._move(self._selected(command))
        if sw != "9000" and sw[:2] != "61":
            return
        if len(command) > 5 and len(command) == 6 + command[4]:
            command = command[:-1]  # without Le
        self._judge(code, command, answer[:-2])

    def _judge(self, code: str, command: bytes, data: bytes) -> None:
        block = self.blocks.get(self.directory, 0)
        allowed = {0: None, 1: IN_TEMPORARY_BLOCK, 2: ALWAYS_IN_BLOCK}[block]
        self._demand(allowed is None or code in allowed, f"{code} was carried out in a blocked application")
        if code in MAKING:
            self._made(code)
        elif code in UPDATES:
            self._updated(code, command)
        elif code in JUDGES:
            JUDGES[code](self, command, data)
        else:
            self._demand(code == "00C0" and self.product == "bing", f"{code} is no command of this chip")

    # places

    def _selected(self, command: bytes) -> str:
        named = command[2] == 4
        body = command[5 : 5 + command[4]] if len(command) > 4 else b""
        if named:
            return NAMES.get(body, "?")
        fid = int.from_bytes(body, "big") if body else 0x3F00
        path = f"{self.directory}/{fid:04X}"
        return path if path in BY_PATH else DIRECTORIES.get(fid, "?")

    def _select(self, command: bytes, _: bytes) -> None:
        place = self._selected(command)
        if place in BY_PATH:
            self._demand(not self.blocks.get(self.directory), "a file of a blocked application was selected")
            self.file = place
        elif place == "?":
            self._demand(self.remade, "a file nobody made was selected")
            self.file = None
        else:
            self._demand(place not in self.blocks, "a blocked application was selected as if it were none")
            self._move(place)

    def _move(self, directory: str) -> None:
        self.directory, self.file = directory, None
        kept = (directory, self._environment())
        self.grants = {name for name in self.grants if LAYOUT.key(name).directory in kept}
        self.verified = self.verified and self._environment() == "DDF1"

    def _environment(self) -> str:
        return "MF" if self.directory == "MF" else "DDF1"

    def _target(self, sfi: int) -> BenchFile | None:
        """The file a command worked on."""
        if sfi:
            found = [f for f in FILES if f.sfi == sfi and f.path.startswith(self.directory + "/")]
            self.file = found[0].path if found else None
        return BY_PATH.get(self.file or "")

    # proofs

    def _challenged(self, _: bytes, data: bytes) -> None:
        self.challenge = data

    def _spend(self) -> bytes:
        challenge, self.challenge = self.challenge, None
        self._demand(challenge is not None, "a challenge served twice or never was")
        return challenge or b""

    def _authenticated(self, command: bytes, _: bytes) -> None:
        kid, shown, text = command[3], command[5:13], command[13:21]
        transport = kid == TRANSPORT_KIDS[self.product] and (self.product != "yi" or self.directory == "MF")
        name = "" if transport else self._name(kid)
        key = TRANSPORT_KEY if transport else key_of(name)
        if self.remade and not transport:
            self._spend()
            return
        self._demand(shown == token(div(key, self._spend()), text), "a wrong key authenticated")
        if transport:
            self._demand(self.making, "the transport key was taken after the end of personalisation")
            self.rights = True
            return
        self._demand(self.blocks.get(self.directory, 0) == 0 or name.startswith("LK_"), "a key opened a block")
        self.grants.add(name)

    def _name(self, kid: int) -> str:
        place = self.directory if kid & 0x80 else self._environment()
        found = [key.name for key in LAYOUT.keys if key.kid == kid and key.directory == place]
        self._demand(bool(found) or self.remade, f"a key {kid:02X} that is not there authenticated")
        return found[0] if found else "?"

    def _maced(self, command: bytes, key_name: str) -> bytes:
        """The session key, once the MAC at the end of `command` has been found right under it."""
        session = div(key_of(key_name), self._spend())
        self._demand(mac(session, command[:-4]) == command[-4:], "a wrong MAC was taken")
        return session

    # acts

    def _made(self, code: str) -> None:
        self._demand(self.rights and self.making, f"{code} without rights")
        self.remade = True
        if code in ("8010", "800C", "801A"):
            self.rights = self.making = False

    def _read(self, command: bytes, _: bytes) -> None:
        binary = command[1] == 0xB0
        sfi = (command[2] & 0x1F if command[2] & 0x80 else 0) if binary else command[3] >> 3
        file = self._target(sfi)
        if self.rights or self.remade:
            return
        self._demand(file is not None and self._met(file.read), "a file was read without its key")

    def _updated(self, code: str, command: bytes) -> None:
        binary = code.endswith("D6")
        sfi = (command[2] & 0x1F if command[2] & 0x80 else 0) if binary else command[3] >> 3
        file = self._target(sfi)
        if self.rights or self.remade:
            self.challenge = None if code.startswith("04") else self.challenge
            return
        assert file is not None
        self._demand(self._met(file.update) and file.form != "none", "a file was updated without its key")
        self._demand("pin" not in file.form or self.verified, "a file was updated without the PIN")
        if code.startswith("00"):
            self._demand(file.form.startswith("plain"), "a secured file was updated in clear")
            return
        self._demand(file.form != "mac", "a flag was written as a record")
        stk = file.maintain if file.maintain != "never" else f"STK_{self.directory}"
        self._maced(command, stk)

    def _flagged(self, command: bytes, _: bytes) -> None:
        file = self._target(command[3] >> 3)
        if self.rights or self.remade:
            self.challenge = None
            return
        assert file is not None
        needed = file.update if command[1] == 0xD2 else file.erase
        self._demand(self._met(needed) and file.form == "mac", "a flag was set without its key")
        self._maced(command, file.maintain)

    def _met(self, condition: str) -> bool:
        return condition == "free" or condition in self.grants

    def _blocked(self, command: bytes, _: bytes) -> None:
        self._lock_key_and_mac(command)
        self._demand(not self.making, "an application was blocked while the card was made")
        self.blocks[self.directory] = 2 if command[3] == 1 else 1
        self.grants = {name for name in self.grants if LAYOUT.key(name).directory != self.directory}

    def _unblocked(self, command: bytes, _: bytes) -> None:
        self._lock_key_and_mac(command)
        self._demand(self.blocks.pop(self.directory, 0) == 1, "what was not blocked for a time was unblocked")

    def _lock_key_and_mac(self, command: bytes) -> None:
        if self.remade:
            self._spend()
            return
        self._demand(f"LK_{self.directory}" in self.grants, "blocked or unblocked without the lock key")
        self._maced(command, f"STK_{self.directory}")

    def _card_blocked(self, command: bytes, _: bytes) -> None:
        self._demand(not self.making, "a card was blocked while it was made")
        if not self.remade:
            self._demand("BK_MF" in self.grants, "the card was blocked without the block key")
            self._maced(command, "STK_MF")
        self.dead = True

    def _verified(self, command: bytes, _: bytes) -> None:
        if not command[5:]:
            self._demand(self.verified, "a PIN nobody showed was called verified")
            return
        shown = command[5:].ljust(3, b"\xff")
        self._demand(self.remade or shown in self.pins, "a wrong PIN was taken")
        self._demand(self._environment() == "DDF1", "there is no PIN in the MF")
        self.verified = True

    def _pin_changed(self, command: bytes, _: bytes) -> None:
        if command[2] == 0:
            self._renewed_by_mac(command, command[5:-4])
            return
        body = command[5:]
        splits = [(body[:at], body[at + 1 :]) for at, byte in enumerate(body) if byte == 0xFF]
        right = {new.ljust(3, b"\xff") for old, new in splits if old.ljust(3, b"\xff") in self.pins}
        self._demand(self.remade or bool(right), "the PIN was changed with a wrong one")
        self.pins = right

    def _pin_unblocked(self, command: bytes, _: bytes) -> None:
        self._renewed_by_mac(command, None)

    def _renewed_by_mac(self, command: bytes, new: bytes | None) -> None:
        if self.remade:
            self._spend()
        else:
            session = self._maced(command, "STK_DDF1")
            if command[1:4] == b"\x24\x00\x01":
                new = unsealed(session, command[5:-4])
        if new is not None:
            self.pins = {new.ljust(3, b"\xff")}

    def _nothing_to_earn(self, command: bytes, data: bytes) -> None:
        """INTERNAL AUTHENTICATE and the probe."""

    def _information(self, command: bytes, _: bytes) -> None:
        probe = command[2:4] == b"\x01\x00"
        self._demand(probe or (self.rights and self.making), "a check value was shown without rights")

    def _demand(self, holds: bool, sentence: str) -> None:
        if not holds:
            raise Unearned(sentence)


JUDGES = {
    "00A4": Oracle._select, "00B0": Oracle._read, "00B2": Oracle._read, "0084": Oracle._challenged,
    "0082": Oracle._authenticated, "0088": Oracle._nothing_to_earn, "80CA": Oracle._information,
    "84D2": Oracle._flagged, "840C": Oracle._flagged, "841E": Oracle._blocked, "8418": Oracle._unblocked,
    "8416": Oracle._card_blocked, "0020": Oracle._verified, "805E": Oracle._pin_changed,
    "8424": Oracle._pin_unblocked,
}  # fmt: skip


class WatchedChip:
    """A chip whose every exchange the oracle judges, and whose memory is looked at before and after."""

    def __init__(self, chip: Chip, oracle: Oracle) -> None:
        self.chip, self.oracle, self.count = chip, oracle, 0
        self.product = chip.product
        self._memory = chip.dump()

    def reset(self) -> bytes:
        self.oracle.power()
        return self.chip.reset()

    def transmit(self, command: bytes) -> bytes:
        answer = self.chip.transmit(command)
        self.count += 1
        self._look_at_memory(command, answer)
        self.oracle.see(command, answer)
        return answer

    def dump(self) -> bytes:
        return self.chip.dump()

    def _look_at_memory(self, command: bytes, answer: bytes) -> None:
        before, self._memory = self._memory, self.chip.dump()
        if before == self._memory:
            return
        done = answer[-2:] == b"\x90\x00"
        harmless = f"{command[1]:02X}" in HARMLESS and command[:2] != b"\x80\x0c"
        if done and command[:2] == b"\x00\x82":
            before = before.replace(b'"used":false', b'"used":true')
            self._compare(before, "EXTERNAL AUTHENTICATE changed more than counters and its fuse", used=True)
        elif not done or harmless:
            self._compare(before, "a refused or harmless command changed the memory")

    def _compare(self, before: bytes, sentence: str, *, used: bool = False) -> None:
        now = self._memory.replace(b'"used":false', b'"used":true') if used else self._memory
        if COUNTERS.sub(b"", before) != COUNTERS.sub(b"", now):
            raise Unearned(sentence)

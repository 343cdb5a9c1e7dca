"""The engine's side of the conversation with a chip that is being made: send steps, ask what is there.

It knows where it stands only as far as it has sent itself; whoever uses it walks the plan in its order.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto

from healthcard.card.host.authentication import CardKey, external_authenticate, internal_authenticate
from healthcard.card.host.channel import Channel, refusal
from healthcard.card.host.place import ROOT
from healthcard.card.host.ports import CardKeys, Transport
from healthcard.card.wire import status
from healthcard.card.wire.apdu import Command, Response
from healthcard.card.wire.layout import File, Key
from healthcard.perso.identity import stranger
from healthcard.perso.image import FileImage
from healthcard.perso.plan import Kind, Plan, Step
from healthcard.perso.products import CARD_BLOCKED
from healthcard.perso.readback import read_file

NOT_ALLOWED = 0x6982
CONDITIONS = 0x6985
FILE_UNKNOWN = 0x6A82
KEY_UNKNOWN = 0x6A88
MEMORY_FAILED = 0x6581


class Life(Enum):
    """How far the chip is, as far as it tells somebody without rights."""

    MAKING = auto()
    ENDED = auto()
    BLOCKED = auto()


class There(Enum):
    """What the chip says about a file or directory."""

    YES = auto()
    NO = auto()
    BROKEN = auto()


class Unasked(Exception):
    """This product has no question for it."""


class Dialogue:
    """One power session with the chip of `plan`; `keys` use its transport key."""

    def __init__(self, transport: Transport, plan: Plan, keys: CardKeys) -> None:
        self.plan = plan
        self.channel = Channel(transport)
        self._transport = transport
        self._keys = keys

    def stranger(self) -> str:
        """Why the chip in the reader is not the planned one ('' = it is). Resets it; writes nothing."""
        return stranger(self._transport, self.plan.product, self.plan.address)

    def life(self) -> Life:
        """Ask for a key check without having the rights: refused for want of rights, or because all is over."""
        command = self._ask(self.plan.image.keys[0])
        sw = self.channel.send(command).sw
        if sw == CONDITIONS:
            return Life.ENDED
        if sw == CARD_BLOCKED:
            return Life.BLOCKED
        if sw in (NOT_ALLOWED, KEY_UNKNOWN):
            return Life.MAKING
        raise refusal(command, sw)

    def gain_rights(self) -> None:
        """Prove the transport key in its directory. Raises WrongKey with the tries left, or Refused."""
        product, address = self.plan.product, self.plan.address
        key = CardKey(name=product.transport_key, kid=product.transport.kid, card=address)
        external_authenticate(self.channel, self._keys, key)

    def proves(self, key: Key) -> bool:
        """Whether the chip proves an internal key of the current directory."""
        proof = CardKey(name=key.name, kid=key.kid, card=self.plan.address)
        return internal_authenticate(self.channel, self._keys, proof)

    def do(self, step: Step) -> int:
        """Send a step; its status word. Data in the answer to a step that answers none make it 0."""
        if step.kind is Kind.AUTHENTICATE:
            self.gain_rights()
            return status.OK
        return _word(step, self.channel.send(step.command))

    def do_all(self, steps: Sequence[Step]) -> list[int]:
        """Send steps, none of which authenticates, up to the first that is not answered with 9000; their words."""
        answers = self.channel.run([step.command for step in steps])
        return [_word(step, answer) for step, answer in zip(steps, answers, strict=False)]

    def select(self, path: str) -> There:
        """Stand on the file or directory at `path`, whose parent is current (or which is the MF)."""
        layout = self.plan.image.layout
        fid = layout.file(path).fid if "/" in path else layout.directory(path).fid
        command = Command(cla=0, ins=0xA4, data=fid.to_bytes(2, "big"))
        response = self.channel.send(command)
        if response.sw == status.OK:
            return There.YES if self._named(path, response.data) else There.BROKEN
        if response.sw == FILE_UNKNOWN:
            return There.NO
        if response.sw == MEMORY_FAILED:
            return There.BROKEN
        raise refusal(command, response.sw)

    def back_to_root(self) -> None:
        """Stand on the MF, as after a reset; rights stay."""
        self.select(ROOT)

    def pin(self) -> There:
        """Whether DDF1, which is current, has the PIN; raises Unasked when the product has no way to ask."""
        command = self.plan.product.ask_pin
        if command is None:
            raise Unasked
        sw = self.channel.send(command).sw
        if sw in (CONDITIONS, KEY_UNKNOWN):
            return There.NO
        return There.BROKEN if sw == MEMORY_FAILED else There.YES

    def check_value(self, name: str) -> bytes | None:
        """The check value of a key of the current directory; None when there is none, b'' when it is half-written."""
        command = self._ask(name)
        return _check_value(command, self.channel.send(command))

    def check_values(self, names: Sequence[str]) -> dict[str, bytes | None]:
        """As `check_value`, of several keys, up to the first that is not whole; those behind it are left out."""
        commands = [self._ask(name) for name in names]
        answers = zip(names, commands, self.channel.run(commands), strict=False)
        return {name: _check_value(command, answer) for name, command, answer in answers}

    def _ask(self, name: str) -> Command:
        kid = self.plan.image.layout.key(name).kid
        return self.plan.product.ask_key.command(kid=bytes([kid]))

    def _named(self, path: str, information: bytes) -> bool:
        """Whether what a directory tells about itself has the planned name; files and silent ones tell nothing."""
        if "/" in path or path == ROOT or not information:
            return True
        return self.plan.image.layout.directory(path).name in information

    def content(self, file: File) -> FileImage:
        """What the selected file holds."""
        return read_file(self.channel, file, len(self.plan.image.file(file.path).records))


def _word(step: Step, answer: Response) -> int:
    """The status word; 0 when a step that answers no data was answered with some."""
    if answer.sw == status.OK and answer.data and step.kind not in (Kind.SELECT, Kind.CREATE):
        return 0
    return answer.sw


def _check_value(command: Command, answer: Response) -> bytes | None:
    if answer.sw == KEY_UNKNOWN:
        return None
    if answer.sw == MEMORY_FAILED:
        return b""
    if answer.sw != status.OK:
        raise refusal(command, answer.sw)
    return answer.data

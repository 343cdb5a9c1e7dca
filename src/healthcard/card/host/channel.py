"""One command to the card and its whole answer: GET RESPONSE and wrong Le are settled here, nobody above sees them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from healthcard.card.host.ports import Runner, Transport
from healthcard.card.wire import status
from healthcard.card.wire.apdu import LE_MAX, Command, Response
from healthcard.card.wire.errors import CardError, MalformedAnswer, Refused

FOLLOW_UPS = 8  # a card that still asks for more after this many rounds is lying (reliability: loops are bounded)


LOST = frozenset({0x6982, 0x6986})  # what a card answers whose rights or file we lost without knowing


class Channel:
    """Commands out, answers back, over any transport. Raises CardGone and MalformedAnswer; never a raw status 61/6C.

    `lost` is called when the card may not stand any more where its user believes: it fell silent, answered nonsense,
    or lost its rights because somebody else reset it.
    """

    __slots__ = ("_lost", "_transport")

    def __init__(self, transport: Transport, lost: Callable[[], None] = lambda: None) -> None:
        self._transport = transport
        self._lost = lost

    def reset(self) -> bytes:
        """Power cycle; the answer to reset as the reader shows it."""
        return self._transport.reset()

    def send(self, command: Command) -> Response:
        """The whole answer to `command`, whatever its status word."""
        response = self._exchange(command)
        if response.sw == status.OK:
            return response
        return self._follow(command, response)

    def run(self, commands: Sequence[Command]) -> list[Response]:
        """The answers to commands that do not depend on each other's, up to the first that is not 9000.

        As few round trips as the transport can; between the first and the last, data that wait for GET RESPONSE are
        not fetched.
        """
        answers: list[Response] = []
        while len(answers) < len(commands) and (not answers or answers[-1].sw == status.OK):
            rest = commands[len(answers) :]
            if isinstance(self._transport, Runner) and len(rest) > 1:
                answers += self._run(self._transport, rest)
            else:
                answers.append(self.send(rest[0]))
        return answers

    def order_all(self, commands: Sequence[Command]) -> None:
        """Have the card do one thing after the other, each answered with 9000 alone; raises as `order`."""
        for command, answer in zip(commands, self.run(commands), strict=False):
            if answer.sw != status.OK:
                if answer.sw in LOST:
                    self._lost()
                raise refusal(command, answer.sw)
            if answer.data:
                raise _too_much(command)

    def expect(self, command: Command, *ok: int) -> Response:
        """The answer to `command` if its status word is one of `ok` (9000 when none is named); else raises Refused.

        The refusal carries the word's meaning for this very command.
        """
        response = self.send(command)
        if response.sw in ok or (not ok and response.sw == status.OK):
            return response
        if response.sw in LOST:
            self._lost()
        raise refusal(command, response.sw)

    def order(self, command: Command) -> None:
        """Have the card do something it answers with 9000 alone; data in the answer raise MalformedAnswer."""
        if self.expect(command).data:
            raise _too_much(command)

    def _exchange(self, command: Command) -> Response:
        try:
            return Response.parse(self._transport.transmit(command.encode()))
        except CardError:
            self._lost()
            raise

    def _run(self, runner: Runner, commands: Sequence[Command]) -> list[Response]:
        """One round trip: the answers that came, the last of them followed to its end."""
        try:
            raw = runner.run([command.encode() for command in commands])
            if not 0 < len(raw) <= len(commands):
                raise MalformedAnswer(f"{len(raw)} answers came to a run of {len(commands)} commands")
            answers = [Response.parse(one) for one in raw]
        except CardError:
            self._lost()
            raise
        well = [Response(data=one.data, sw=status.OK) for one in answers[:-1]]
        last = answers[-1]
        return [*well, last if last.sw == status.OK else self._follow(commands[len(well)], last)]

    def _follow(self, command: Command, response: Response) -> Response:
        """Fetch what waits (61xx) and repeat with the right length (6Cxx) until a final status word."""
        data = b""
        for _ in range(FOLLOW_UPS):
            if status.is_more(response.sw):
                data += response.data
                command = Command(cla=0x00, ins=0xC0, le=response.sw & 0xFF or LE_MAX)
            elif status.is_wrong_le(response.sw):
                command = replace(command, le=response.sw & 0xFF or LE_MAX)
            else:
                return Response(data=data + response.data, sw=response.sw)
            response = self._exchange(command)
        raise MalformedAnswer(f"{status.command_name(command.ins)}: no final answer after {FOLLOW_UPS} rounds")


def _too_much(command: Command) -> MalformedAnswer:
    return MalformedAnswer(f"{status.command_name(command.ins)} answers no data, yet the card sent some")


def refusal(command: Command, sw: int) -> Refused:
    """What a refused `command` raises, in the words of its own status table."""
    return Refused(status.command_name(command.ins), sw, status.meaning(sw, command.ins))

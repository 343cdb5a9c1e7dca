"""The journal as the engine uses it: outcomes are gathered and committed at each key, at the PIN and at the end."""

from __future__ import annotations

from healthcard.card.wire import status
from healthcard.perso.journal import JobState, Journal, Outcome
from healthcard.perso.plan import Plan, Step

FOUND = "found"  # the card was asked and has it already
SENT = "sent"
RIGHTS = 0  # the step that gains the rights of personalisation: the first of every plan
ATTEMPT = "attempt"  # + number: an authentication that had no answer yet
FLOOR = 3  # tries of a transport key that are never spent: who comes after us may need them


class Ledger:
    """Outcomes of one session on their way into `journal`."""

    def __init__(self, journal: Journal, plan: Plan) -> None:
        self._journal = journal
        self._plan = plan
        self._pending: list[Outcome] = []
        self._known: dict[int, Outcome] = {}
        self.written = 0

    def open(self) -> None:
        """All intents, before the first writing command; raises ValueError when the job has another plan."""
        self._journal.open(self._plan.digest, tuple(self._plan.intents()))
        self._known = self._journal.known()

    def sent(self, index: int, step: Step, sw: int) -> None:
        """A step was sent and answered."""
        self._note(Outcome(index=index, sw=sw, how=SENT))
        self.written += 1
        if step.checkpoint or sw != status.OK:
            self.flush()

    def found(self, index: int, step: Step) -> None:
        """The card has what the step writes; noted where the journal does not know it yet."""
        if not self._well(index):
            self._note(Outcome(index=index, sw=status.OK, how=FOUND))
        if step.checkpoint:
            self.flush()

    def flush(self) -> None:
        """Commit what is pending."""
        if self._pending:
            self._journal.record(tuple(self._pending))
            self._pending.clear()

    @property
    def attempts(self) -> int:
        """Sessions in a row that began to use keys on the card and never heard whether it took them."""
        return attempts(self._known.get(RIGHTS))

    @property
    def surely_left(self) -> int:
        """Tries that any key we use has left for certain."""
        return surely_left(self._known.get(RIGHTS), self._plan.product.transport.tries)

    def attempt(self, number: int) -> None:
        """Keys are about to be used: a try that gets no answer must not be forgotten. Committed at once.

        The status word stays the one by which the card last told its tries.
        """
        word = self._known[RIGHTS].sw if told(self._known.get(RIGHTS)) is not None else 0
        self._note(Outcome(index=RIGHTS, sw=word, how=f"{ATTEMPT} {number}"))
        self.flush()

    def unused(self) -> None:
        """The last attempt never reached the card: whoever holds the keys did not answer."""
        if self.attempts:
            self.attempt(self.attempts - 1)

    def answered(self, sw: int) -> None:
        """The card has answered to its transport key. A refusal is committed at once: it has cost a try."""
        self._note(Outcome(index=RIGHTS, sw=sw, how=SENT))
        if sw != status.OK:
            self.flush()

    def close(self, state: JobState, reason: str = "") -> None:
        """The job's end."""
        self.flush()
        self._journal.close(state, reason)

    def _note(self, outcome: Outcome) -> None:
        self._pending.append(outcome)
        self._known[outcome.index] = outcome

    def _well(self, index: int) -> bool:
        known = self._known.get(index)
        return known is not None and known.sw == status.OK


def surely_left(last: Outcome | None, full: int) -> int:
    """Tries a key with `full` tries has left for certain after the `last` outcome of using it: what the card told when
    it refused it, less the attempts it did not answer."""
    left = told(last)
    return (full if left is None else left) - attempts(last)


def told(last: Outcome | None) -> int | None:
    """Tries the card told of in `last`; None when it did not tell."""
    return status.tries_left(last.sw) if last else None


def attempts(last: Outcome | None) -> int:
    """Uses of a key in a row, up to `last`, that the card never answered."""
    return int(last.how.removeprefix(ATTEMPT)) if last and last.how.startswith(ATTEMPT) else 0

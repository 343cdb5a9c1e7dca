"""The journal of an upkeep job as its engine uses it: intents first, outcomes gathered and committed act by act."""

from __future__ import annotations

from healthcard.card.wire import status
from healthcard.perso.journal import JobState, Journal, Outcome
from healthcard.perso.ledger import FOUND, SENT
from healthcard.perso.upkeep.plan import Act, UpkeepPlan
from healthcard.perso.upkeep.tries import SparingKeys

BATCH = 16  # outcomes gathered at most: settling asks the card anyway, the journal tells people how far it came


class Ledger:
    """Outcomes of one session on their way into `journal`."""

    def __init__(self, journal: Journal, plan: UpkeepPlan, keys: SparingKeys) -> None:
        self._journal = journal
        self._plan = plan
        self._keys = keys
        self._pending: list[Outcome] = []
        self._well: set[int] = set()
        self.written = 0

    def open(self) -> None:
        """All intents, before the first writing command; raises ValueError when the job has another plan."""
        self._journal.open(self._plan.digest, tuple(self._plan.intents()))
        known = self._journal.known()
        self._well = {index for index, outcome in known.items() if outcome.sw == status.OK}
        self._keys.follow(known, self._journal.record)

    def sent(self, index: int, act: Act) -> None:
        """The card has carried out the act."""
        self.written += 1
        self._note(index, SENT)
        if act.weighty or len(self._pending) >= BATCH:
            self.flush()

    def found(self, index: int, act: Act) -> None:
        """The card has what the act would write; noted where the journal does not know it yet."""
        if not act.standby and index not in self._well:
            self._note(index, FOUND)

    def flush(self) -> None:
        """Commit what is pending."""
        if self._pending:
            self._journal.record(tuple(self._pending))
            self._pending.clear()

    def close(self, state: JobState, reason: str = "") -> None:
        """The job's end."""
        self.flush()
        self._journal.close(state, reason)

    def _note(self, index: int, how: str) -> None:
        self._pending.append(Outcome(index=index, sw=status.OK, how=how))
        self._well.add(index)

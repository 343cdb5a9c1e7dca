"""The journal double keeps the contract of the journal."""

from __future__ import annotations

import pytest

from doubles.journal import MemoryJournal
from doubles.journal_contract import JournalContract


class TestMemoryJournal(JournalContract):
    @pytest.fixture
    def journal(self) -> MemoryJournal:
        return MemoryJournal()

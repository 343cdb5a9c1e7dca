"""Figures of the boards: each is counted by the very conditions that its list goes by."""

from healthcard.services.figures.asking import LONGEST, Asked, Range, asked
from healthcard.services.figures.counting import Board, Branch, Count, Month, board, number_of_cards
from healthcard.services.figures.listing import (
    ApplicationLine,
    CardLine,
    EventLine,
    Line,
    OutageLine,
    Page,
    exported,
    is_dated,
    listed,
)

__all__ = [
    "LONGEST",
    "ApplicationLine",
    "Asked",
    "Board",
    "Branch",
    "CardLine",
    "Count",
    "EventLine",
    "Line",
    "Month",
    "OutageLine",
    "Page",
    "Range",
    "asked",
    "board",
    "exported",
    "is_dated",
    "listed",
    "number_of_cards",
]

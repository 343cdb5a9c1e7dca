"""Temporary cards (第十二条第七项): asked for while a new card is made, made at the desk, handed over, given back."""

from __future__ import annotations

from healthcard.services.temporary_cards import end, out, to_move

__all__ = ["end", "out", "to_move"]

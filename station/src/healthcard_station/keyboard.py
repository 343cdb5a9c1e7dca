"""A PIN pad for a PC that has none: the holder types on its keyboard, and nothing is shown."""

from __future__ import annotations

import getpass

from healthcard_station.cards import CardGone

TRIES = 3


class Keyboard:
    """Asks twice; a PIN pad of its own is the better one."""

    def new_pin(self) -> str:
        """What was typed twice alike; raises CardGone after three tries."""
        for _ in range(TRIES):
            first = getpass.getpass("请持卡人输入新密码 New PIN of the holder: ")
            if first and first == getpass.getpass("再输入一次 Once more: "):
                return first
        raise CardGone("no PIN was typed twice alike")

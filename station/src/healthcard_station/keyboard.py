"""A PIN pad for a PC that has none: the holder types on its keyboard, and nothing is shown."""

from __future__ import annotations

import getpass
from collections.abc import Mapping

from healthcard_station.cards import CardGone

TRIES = 3


class Keyboard:
    """Asks twice; a PIN pad of its own is the better one."""

    def take(self) -> Mapping[str, str]:
        """{"digits"}: what was typed twice alike; raises CardGone after three tries."""
        for _ in range(TRIES):
            first = getpass.getpass("请持卡人输入新密码 New PIN of the holder: ")
            if first and first == getpass.getpass("再输入一次 Once more: "):
                return {"digits": first}
        raise CardGone("no PIN was typed twice alike")

"""The menu: one line a section; who may not enter it does not see it. A room of screens adds its line here."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from healthcard.domain.permissions import Permission
from healthcard.services.actor import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A section: its first screen's name, its words, its icon, what one must be allowed to enter.

    `screens` are the names of its other screens, or, with an asterisk, how they begin.
    """

    url: str
    words: Promise
    icon: str
    permission: Permission
    screens: tuple[str, ...] = ()

    def holds(self, screen: str) -> bool:
        """Whether a screen belongs to it."""
        return any(
            screen.startswith(each[:-1]) if each.endswith("*") else screen == each for each in (self.url, *self.screens)
        )


SECTIONS: tuple[Section, ...] = (
    Section(
        url="desk",
        words=_("Counter"),
        icon="home",
        permission=Permission.DESK_ACT,
        screens=("reader_step*", "elsewhere*", "stranger"),
    ),
    Section(
        url="residents",
        words=_("Residents"),
        icon="users",
        permission=Permission.RESIDENT_VIEW,
        screens=(
            *("resident", "person*", "search", "applying", "applied", "application_taken"),
            *("record*", "correct*", "photo*", "second_document*", "right*", "request_*"),
        ),
    ),
    Section(
        url="cards",
        words=_("Cards"),
        icon="credit-card",
        permission=Permission.CARD_VIEW,
        screens=("card", "card_journal", "card_life", "card_step*", "card_xray"),
    ),
    Section(
        url="applications",
        words=_("Applications"),
        icon="list-check",
        permission=Permission.APPLICATION_VIEW,
        screens=("application*",),
    ),
    Section(
        url="stock",
        words=_("Stock"),
        icon="package",
        permission=Permission.CARD_STOCK,
        screens=("stock_*",),
    ),
    Section(
        url="boards",
        words=_("Figures"),
        icon="chart-bar",
        permission=Permission.APPLICATION_VIEW,
        screens=("board_*",),
    ),
    Section(
        url="day",
        words=_("Fees and close"),
        icon="calendar-due",
        permission=Permission.DESK_ACT,
        screens=("day_*",),
    ),
    Section(
        url="stations",
        words=_("Card readers"),
        icon="nfc",
        permission=Permission.DESK_ACT,
        screens=("station*", "virtual_reader*"),
    ),
    Section(
        url="papers",
        words=_("Forms"),
        icon="file-text",
        permission=Permission.APPLICATION_ACCEPT,
        screens=("paper_*",),
    ),
    Section(
        url="settings",
        words=_("Settings"),
        icon="settings",
        permission=Permission.ORGANISATION_VIEW,
        screens=("settings_*",),
    ),
    Section(
        url="audit",
        words=_("Audit"),
        icon="shield-check",
        permission=Permission.AUDIT_VIEW,
        screens=("audit_*",),
    ),
)


def seen_by(actor: Actor | None) -> tuple[Section, ...]:
    """The sections somebody may enter; none for a visitor."""
    return () if actor is None else tuple(section for section in SECTIONS if actor.may(section.permission))

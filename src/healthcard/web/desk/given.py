"""What a clerk entered for a step: who came, what he showed, words, a choice. Nothing is preset."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.http import QueryDict

from healthcard.domain.evidence import Presenter
from healthcard.services.desk.applications import Delegate
from healthcard.services.desk.reader_acts import SIGNATURE
from healthcard.services.errors import Invalid
from healthcard.web.desk.drafts import DELEGATE

DIGITS = 18  # of an id at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """All of it; '' and nothing where a step does not ask. `signature`: the session in which the pad was asked."""

    by: str = Presenter.HOLDER.value
    delegate: Mapping[str, str] = field(default_factory=dict, repr=False)
    presented: tuple[str, ...] = ()
    identity: str = ""
    signer: str = field(default="", repr=False)
    text_version: str = ""
    signature: str = ""
    text: str = field(default="", repr=False)
    choice: str = ""
    flag: bool = False

    @property
    def represented(self) -> bool:
        """Whether somebody else came than the holder."""
        return self.by != Presenter.HOLDER

    @property
    def representative(self) -> Delegate | None:
        """Who that is, as the services take it."""
        return Delegate(**self.delegate) if self.represented else None

    def row(self) -> int:
        """The choice as the id of a row; raises Invalid."""
        if not (self.choice.isascii() and self.choice.isdigit() and len(self.choice) <= DIGITS):
            raise Invalid("choice", "请选择一项", "Choose one.")
        return int(self.choice)


def given(post: QueryDict) -> Given:
    """What was posted."""
    return Given(
        by=post.get("by", Presenter.HOLDER.value),
        delegate={name: post.get(f"delegate.{name}", "").strip() for name in DELEGATE},
        presented=tuple(post.getlist("presented")),
        identity=post.get("identity", ""),
        signer=post.get("signer", "").strip(),
        text_version=post.get("text_version", ""),
        signature=post.get(SIGNATURE, ""),
        text=post.get("text", "").strip(),
        choice=post.get("choice", ""),
        flag="flag" in post,
    )

"""Who has come to the desk about somebody's data, what he showed, how he was verified. Nothing is preset."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypedDict

from django.http import QueryDict

from healthcard.domain import evidence
from healthcard.domain.evidence import Presenter
from healthcard.services.desk.applications import Delegate
from healthcard.web.desk import drafts
from healthcard.web.desk.drafts import Option
from healthcard.web.desk.words import COMERS

ACT = "rights"  # whose documents and ways of verifying hold for everything about one's own data
REGISTERING = tuple(each for each in Presenter if evidence.asked("first_issue", each))


class Given(TypedDict):
    """As the services take it."""

    by: str
    delegate: Delegate | None
    presented: tuple[str, ...]
    identity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """What was said of him; nothing before it was."""

    by: str = Presenter.HOLDER.value
    delegate: Mapping[str, str] = field(default_factory=dict, repr=False)
    presented: tuple[str, ...] = ()
    identity: str = ""

    def given(self) -> Given:
        """As the services take it."""
        delegate = None if self.by == Presenter.HOLDER else Delegate(**self.delegate)
        return {"by": self.by, "delegate": delegate, "presented": self.presented, "identity": self.identity}


def came(post: QueryDict) -> Came:
    """What was posted; whoever was turned to last is the one who came."""
    return Came(
        by=post.get("turn") or post.get("by", ""),
        delegate={name: post.get(f"delegate.{name}", "").strip() for name in drafts.DELEGATE},
        presented=tuple(post.getlist("presented")),
        identity=post.get("identity", ""),
    )


def page(said: Came, presenters: Iterable[Presenter]) -> dict[str, object]:
    """What the screens show of it."""
    known = tuple(presenters)
    by = said.by if said.by in known else Presenter.HOLDER.value
    return {
        "by": by,
        "comers": tuple(Option(code=each.value, title=str(COMERS[each.value]), chosen=each == by) for each in known),
        "papers": drafts.papers(ACT, by, said.presented),
        "ways": drafts.verifications(ACT, by, said.identity),
        "delegate": said.delegate,
        "kinds": drafts.coded("document_kind", said.delegate.get("document_kind", "")),
        "relations": drafts.coded("relation", said.delegate.get("relation", "")),
    }

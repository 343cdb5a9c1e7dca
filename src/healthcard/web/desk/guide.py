"""The next step as a button: on the person's page, on the application's, after each step."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse

from healthcard.services.desk.next_steps import Next
from healthcard.web.desk.places import step_url
from healthcard.web.desk.steps import ON_THE_PAGE, STEPS


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """One step: where it is done, '' where it is for others to do; `first` = the next one."""

    title: str
    url: str
    first: bool


def views(steps: Iterable[Next]) -> tuple[Following, ...]:
    """Steps as buttons."""
    return tuple(_view(each) for each in steps)


def _view(each: Next) -> Following:
    if each.name in ON_THE_PAGE:
        url = f"{reverse('application', args=[each.id])}#{each.name}"
        title = str(ON_THE_PAGE[each.name])
    else:
        url, title = step_url(STEPS[each.name], each.id), str(STEPS[each.name].title)
    return Following(title=title, url=url if each.mine else "", first=each.first)

"""The two APIs: of the desk, and of medical institutions (a process and a database role of its own)."""

from __future__ import annotations

from typing import Final

from django.http import Http404
from ninja import Router
from ninja.errors import HttpError, ValidationError

from healthcard.api.authentication import Token
from healthcard.api.boundary import answered
from healthcard.api.desk import (
    accounts,
    applications,
    audit,
    card_sessions,
    cards,
    credentials,
    forms,
    issuing,
    journals,
    locks,
    misuses,
    organisations,
    papers,
    parameters,
    records,
    replacements,
    residents,
    returned_chips,
    rights,
    sessions,
    stations,
    temporary,
    updates,
    verifications,
)
from healthcard.api.institution import misuses as institution_misuses
from healthcard.api.institution import registrations, status, webhooks
from healthcard.api.institution import sessions as institution_sessions
from healthcard.api.institution import verifications as institution_verifications
from healthcard.api.openapi import DescribedApi
from healthcard.api.reading import StrictParser

VERSION: Final = "1"


def _door(name: str, title: str, description: str, routers: dict[str, tuple[Router, ...]]) -> DescribedApi:
    api = DescribedApi(
        title=title,
        version=VERSION,
        description=description,
        docs_url=None,  # its pages would load scripts
        auth=Token(),
        parser=StrictParser(),
        urls_namespace=name,
    )
    for kind in (Exception, Http404, HttpError, ValidationError):
        api.add_exception_handler(kind, answered)  # type: ignore[arg-type] # it is given instances, never classes
    for prefix, those in routers.items():
        for router in those:
            api.add_router(prefix, router)
    return api


DESK: Final = _door(
    "desk",
    "居民健康卡：窗口接口 Resident health card, desk",
    "Everything a clerk can do, with the same permissions. See docs/api.md.",
    {
        "": (
            applications.router,
            issuing.router,
            returned_chips.router,
            replacements.router,
            temporary.router,
            updates.router,
            sessions.router,
            organisations.router,
            papers.router,
            parameters.router,
            records.router,
            rights.router,
            stations.router,
            locks.router,
        ),
        "/accounts": (accounts.router,),
        "/audit": (audit.router,),
        "/forms": (forms.router,),
        "/credentials": (credentials.router,),
        "/misuses": (misuses.router,),
        "/residents": (
            residents.router,
            verifications.router,
        ),
        "/cards": (cards.router, journals.router),
        "/card-sessions": (card_sessions.router,),
    },
)

INSTITUTION: Final = _door(
    "institution",
    "居民健康卡：医疗卫生机构接口 Resident health card, institutions",
    "Whether cards may be used, with the chip's own proof; the feed of changes; registrations. See docs/api.md.",
    {
        "": (
            institution_sessions.router,
            status.router,
            institution_verifications.router,
            registrations.router,
            institution_misuses.router,
            webhooks.router,
        )
    },
)

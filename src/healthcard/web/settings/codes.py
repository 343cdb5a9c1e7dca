"""The code tables of the collection form, each with the edition it comes from and what the chip stores."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from healthcard.domain.codes import TABLES
from healthcard.domain.permissions import Permission
from healthcard.services.errors import NotFound
from healthcard.web.screen import ScreenRequest, screen


@screen(Permission.ORGANISATION_VIEW)
def listed(request: ScreenRequest) -> HttpResponse:
    """One table; the first where none is named."""
    name = request.GET.get("table", "") or next(iter(TABLES))
    if name not in TABLES:
        raise NotFound("There is no such table.")
    rows = tuple(TABLES[name].values())
    page = {
        "tables": [(each, sorted({row.edition for row in found.values()})) for each, found in TABLES.items()],
        "name": name,
        "rows": rows,
        "tab": "settings_codes",
    }
    return render(request, "settings/codes.html", page)

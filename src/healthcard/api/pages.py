"""The page that a problem's `type` leads to: every kind of problem, in Chinese and in English. It loads nothing."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from healthcard.api.problems import Kind, kinds


@require_safe
def problems(request: HttpRequest) -> HttpResponse:
    """Every kind of problem with its anchor."""
    parts = format_html_join("\n", "{}", ((_part(kind),) for kind in kinds().values()))
    page = format_html(
        '<!doctype html><html lang="zh"><meta charset="utf-8"><title>API problems</title>{}</html>', parts
    )
    return HttpResponse(page, content_type="text/html; charset=utf-8")


def _part(kind: Kind) -> SafeString:
    return format_html(
        '<h2 id="{}">{} {}</h2><p>{} {}</p><p>{} {}</p><p>{} {}</p>',
        kind.name,
        kind.status,
        kind.name,
        kind.title,
        kind.title_en,
        kind.detail,
        kind.detail_en,
        kind.advice,
        kind.advice_en,
    )

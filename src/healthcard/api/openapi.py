"""The API's description: the problems every operation may answer with, and the header that makes an act happen once."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

from healthcard.api import idempotent, problems

_TEXT: Final = {"type": "string"}

KEY: Final = {
    "in": "header",
    "name": idempotent.HEADER,
    "required": True,
    "description": "Names this act, so that it happens once however often the request is sent; kept for the life of "
    "the card. A new act needs a new key.",
    "schema": {"type": "string", "minLength": 1, "maxLength": idempotent.LONGEST, "pattern": "^[!-~]+$"},
    "example": "0b9f1c7e-6a54-4c1e-9f0d-2f6f0a3f9c11",
}
PROBLEM: Final = {
    "type": "object",
    "description": "RFC 9457, in Chinese and in English.",
    "required": ["type", "title", "title_en", "status", "detail", "detail_en"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": _TEXT,
        "title_en": _TEXT,
        "status": {"type": "integer"},
        "detail": _TEXT,
        "detail_en": _TEXT,
        "rule": {"type": "string", "description": "the rule that stands against it, by its name in docs/lifecycle.md"},
        "article": {"type": "string", "description": "the article it comes from"},
        "facts": {"type": "object", "description": "what the rule looked at"},
        "advice": _TEXT,
        "advice_en": _TEXT,
        "fields": {"type": "array", "items": {"$ref": "#/components/schemas/Fault"}},
        "instance": {"type": "string", "description": "what the log calls it"},
    },
}
FAULT: Final = {
    "type": "object",
    "description": "A field that is wrong; never its value.",
    "required": ["in", "name", "problem", "problem_en"],
    "properties": {
        "in": {"type": "string", "enum": ["body", "query", "path", "header"]},
        "name": _TEXT,
        "problem": _TEXT,
        "problem_en": _TEXT,
    },
}
_RETRY: Final = {"Retry-After": {"description": "seconds to wait", "schema": {"type": "integer"}}}
_HEADERS: Final[dict[int, dict[str, Any]]] = {
    401: {"WWW-Authenticate": {"schema": _TEXT}},
    409: _RETRY,
    429: _RETRY,
    503: _RETRY,
}


class DescribedApi(NinjaAPI):
    """An API whose description holds what all operations share; made once."""

    _description: OpenAPISchema | None = None

    def get_openapi_schema(self, **given: Any) -> OpenAPISchema:
        """The OpenAPI document."""
        if self._description is None:
            made = super().get_openapi_schema(**given)
            made["components"]["schemas"] |= {"Problem": PROBLEM, "Fault": FAULT}
            made["components"]["responses"] = {_name(status): _response(status) for status in _statuses()}
            self._description = made
        return self._description


def reference(status: int) -> dict[str, str]:
    """Where an operation finds the problems of a status."""
    return {"$ref": f"#/components/responses/{_name(status)}"}


def _statuses() -> list[int]:
    return sorted({kind.status for kind in problems.kinds().values()})


def _name(status: int) -> str:
    return f"Problem{status}"


def _response(status: int) -> dict[str, Any]:
    """The description of a status, with an example of each kind of problem that has it."""
    kinds = [kind for kind in problems.kinds().values() if kind.status == status]
    examples = {kind.name: {"value": problems.members(problems.Problem(kind=kind.name))} for kind in kinds}
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        "description": f"{HTTPStatus(status).phrase}: {', '.join(kind.name for kind in kinds)}",
        "headers": _HEADERS.get(status, {}),
        "content": {problems.MEDIA_TYPE: {"schema": schema, "examples": examples}},
    }

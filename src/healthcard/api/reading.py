"""Request bodies read strictly: one JSON text, each name once, no NaN, no half characters, nothing deep or large."""

from __future__ import annotations

import json
import math
from typing import Final, NoReturn

from django.http import HttpRequest
from ninja.parser import Parser

from healthcard.api.faults import Misread

LARGEST: Final = 1 << 20  # bytes of a body
DEEPEST: Final = 12  # lists and objects within one another
_TYPE: Final = "application/json"
_READ: Final = "healthcard_body"

Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None


class StrictParser(Parser):
    """What django-ninja reads bodies with."""

    def parse_body(self, request: HttpRequest) -> Json:  # type: ignore[override] # a body need not be an object
        """The body; raises Misread."""
        check_size(request)
        check_type(request)
        value = read(request.body)
        setattr(request, _READ, value)
        return value


def was_read(request: HttpRequest) -> Json:
    """The body of a request as it was read, None when it had none."""
    value: Json = getattr(request, _READ, None)
    return value


def check_size(request: HttpRequest) -> None:
    """Refuse a body that says it is too large, before it is read; raises Misread."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isascii() and length.isdigit() and int(length[:20]) > LARGEST:
        raise Misread("too-large")


def check_type(request: HttpRequest) -> None:
    """Refuse a body that does not say it is JSON in UTF-8; raises Misread."""
    charset = (request.content_params or {}).get("charset", "utf-8")
    if request.content_type != _TYPE or charset.lower() not in ("utf-8", "utf8"):
        raise Misread("media-type")


def read(body: bytes) -> Json:
    """The JSON text of a body; raises Misread."""
    if len(body) > LARGEST:
        raise Misread("too-large")
    try:
        text = body.decode("utf-8")
        value: Json = json.loads(
            text, object_pairs_hook=_once, parse_constant=_no_number, parse_float=_finite, parse_int=_number
        )
    except UnicodeDecodeError as error:
        raise _malformed("请求体不是 UTF-8。", "The body is no UTF-8.") from error
    except RecursionError as error:
        raise _too_deep() from error
    except ValueError as error:
        raise Misread("malformed") from error
    _check(value, 0)
    return value


def _once(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    table = dict(pairs)
    if len(table) != len(pairs):
        raise _malformed("同一个名称出现了两次。", "A name stands twice in one object.")
    return table


def _no_number(text: str) -> NoReturn:
    raise _malformed("NaN 与 Infinity 不是 JSON 的数。", "NaN and Infinity are no JSON numbers.")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        _no_number(text)
    return number


def _number(text: str) -> int | float:
    """Whole numbers as such; what has hundreds of digits is none of ours."""
    return int(text) if len(text) <= 30 else _finite(text)


def _check(value: Json, depth: int) -> None:
    """No half characters, no NUL, and not too deep."""
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, dict | list):
        if depth >= DEEPEST:
            raise _too_deep()
        for name in value if isinstance(value, dict) else ():
            _check_text(name)
        for part in value.values() if isinstance(value, dict) else value:
            _check(part, depth + 1)


def _check_text(text: str) -> None:
    if "\x00" in text or any("\ud800" <= sign <= "\udfff" for sign in text):
        raise _malformed("文字中有 NUL 或不成对的代理字符。", "A text holds NUL or half a surrogate pair.")


def _too_deep() -> Misread:
    return _malformed("嵌套过深。", "Lists and objects lie too deep within one another.")


def _malformed(zh: str, en: str) -> Misread:
    return Misread("malformed", zh, en)

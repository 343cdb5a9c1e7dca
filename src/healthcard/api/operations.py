"""How a handler becomes an operation of the API: who asks, strict parameters, one effect, every error declared."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from http import HTTPMethod, HTTPStatus
from typing import Any, Final

from django.http import HttpResponse
from ninja import Router
from ninja.constants import NOT_SET
from ninja.operation import Operation
from ninja.utils import contribute_operation_callback
from pydantic import TypeAdapter

from healthcard.api import idempotent, openapi
from healthcard.api.authentication import Call
from healthcard.api.faults import Unknown, fault
from healthcard.services.idempotency import Stored

Handler = Callable[..., object]

READ_ERRORS: Final = (400, 401, 403, 404, 409, 422, 429, 500, 503)
BODY_ERRORS: Final = (413, 415)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What an operation is: its method, its answer (a type, None for no content) and status, and how it is done.

    `once`: the services keep its answer; `keyed`: it wants an idempotency key all the same.
    """

    method: HTTPMethod
    answer: Any  # a type, or one made of types: what TypeAdapter takes
    status: HTTPStatus
    once: bool
    keyed: bool = False
    public: bool = False


def reads(router: Router, path: str, answer: Any, *, public: bool = False) -> Callable[[Handler], Handler]:
    """A handler that only looks; it returns what `answer` is filled from."""
    shape = Shape(method=HTTPMethod.GET, answer=answer, status=HTTPStatus.OK, once=False, public=public)
    return _declare(router, path, shape)


def acts(
    router: Router, path: str, answer: Any, *, status: HTTPStatus = HTTPStatus.OK, method: HTTPMethod = HTTPMethod.POST
) -> Callable[[Handler], Handler]:
    """A handler that changes something, once for each Idempotency-Key."""
    return _declare(router, path, Shape(method=method, answer=answer, status=status, once=True, keyed=True))


def opens(
    router: Router,
    path: str,
    answer: Any,
    *,
    status: HTTPStatus = HTTPStatus.OK,
    method: HTTPMethod = HTTPMethod.POST,
    public: bool = False,
    keyed: bool = False,
) -> Callable[[Handler], Handler]:
    """A handler whose answer is not kept: asking twice does no harm, or the answer is a secret.

    With `keyed` it knows by the key itself that it was asked before.
    """
    shape = Shape(method=method, answer=answer, status=status, once=False, keyed=keyed, public=public)
    return _declare(router, path, shape)


def _declare(router: Router, path: str, shape: Shape) -> Callable[[Handler], Handler]:
    def make(handler: Handler) -> Handler:
        router.api_operation(
            [shape.method],
            path,
            auth=None if shape.public else NOT_SET,
            response={int(shape.status): shape.answer},
            operation_id=f"{handler.__module__.rpartition('.')[2]}_{handler.__name__}",
            summary=(inspect.getdoc(handler) or "").split("\n")[0],
            openapi_extra=_extra(shape),
        )(_view(handler, shape))
        return handler

    return make


def _view(handler: Handler, shape: Shape) -> Callable[..., HttpResponse]:
    declared: set[str] = set()
    written = _writer(shape.answer)

    @wraps(handler)
    def view(request: Call, **values: object) -> HttpResponse:
        _check_query(request, declared)

        def do() -> Stored:
            return Stored(status=shape.status, body=written(handler(request, **values)))

        return idempotent.once(request, do) if shape.once else idempotent.written(do())

    def learn(operation: Operation) -> None:
        for model in operation.models:
            if model.__ninja_param_source__ == "query":
                declared.update(model.__ninja_flatten_map__)

    view.__signature__ = inspect.signature(handler, eval_str=True)  # type: ignore[attr-defined] # what inspect looks for
    contribute_operation_callback(view, learn)
    return view


def _writer(answer: Any) -> Callable[[object], bytes]:
    """What makes the bytes of an answer out of what a service returned."""
    if answer is None:
        return lambda result: b""
    adapter: TypeAdapter[Any] = TypeAdapter(answer)
    return lambda result: adapter.dump_json(adapter.validate_python(result, from_attributes=True))


def _check_query(request: Call, declared: set[str]) -> None:
    """Raise Unknown for parameters nobody declared, and for those that come twice."""
    faults = [
        fault("query", name, "extra_forbidden", "There is no such parameter")
        if name not in declared
        else fault("query", name, "repeated", "It may come once only")
        for name, values in request.GET.lists()
        if name not in declared or len(values) > 1
    ]
    if faults:
        raise Unknown(faults)


def _extra(shape: Shape) -> dict[str, object]:
    """What OpenAPI has to know besides: the errors, the key."""
    statuses = [each for each in READ_ERRORS if not (shape.public and each == HTTPStatus.FORBIDDEN)]
    if shape.method != HTTPMethod.GET:
        statuses += BODY_ERRORS
    extra: dict[str, object] = {"responses": {status: openapi.reference(status) for status in sorted(statuses)}}
    return extra | ({"parameters": [openapi.KEY]} if shape.keyed else {})

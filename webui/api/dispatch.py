"""Serve the table of routes: token, body, transaction, answer.

Every error is a problem document.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any, TypeVar

import msgspec
from flask import Blueprint, Response, request

from controller.kernel import idempotency
from controller.kernel.actor import Actor
from controller.kernel.errors import (
    AccessDenied,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    ServiceError,
    Stale,
)
from controller.kernel.jsontypes import to_json
from controller.kernel.validate import has_forbidden_character, parse
from webui.api.bearer import RequestRefused, bearer, check_rate
from webui.api.problem import PREFIX, problem
from webui.api.route import ETAG, Call, Handler, Reply, Route
from webui.context import context
from webui.limits import counted_address

_SIMPLE_ERRORS: tuple[tuple[type[ServiceError], int], ...] = (
    (NotFound, 404),
    (Forbidden, 403),
    (Stale, 412),
    (Conflict, 409),
)


def blueprint(routes: Iterable[Route]) -> Blueprint:
    """Return the API's blueprint, which serves each route of the table."""
    api = Blueprint("api", __name__, url_prefix=PREFIX)
    for route in routes:
        rule = re.sub(r"\{(\w+)\}", r"<\1>", route.path)
        endpoint = f"{route.method}_{rule}".replace(".", "_")
        api.add_url_rule(
            rule, endpoint, _view(route), methods=[route.method], provide_automatic_options=False
        )
    return api


def _view(route: Route) -> Any:
    def view(**path: str) -> Response:
        try:
            return _respond(route, path)
        except RequestRefused as error:
            return _refusal(error)
        except MalformedRequest as error:
            return problem(400, str(error))
        except Invalid as error:
            return problem(422, errors=error.errors)
        except AccessDenied as error:
            return problem(409, str(error), denied=error)
        except ServiceError as error:
            return problem(_status(error), str(error))

    return view


def _respond(route: Route, path: dict[str, str]) -> Response:
    web = context()
    now = web.clock()
    actor = _actor(route)  # first, so that a stranger learns nothing from later errors
    if has_forbidden_character(path):
        raise NotFound("such thing", "")
    query = read_query(request.args.to_dict(), route.query)
    body, raw = _body(route)
    scope = web.database.read if route.method == "GET" else web.database.edit
    version = _if_match(route)
    after: list[Callable[[], None]] = []
    transaction: AbstractContextManager[Any] = scope()
    accept = request.headers.get("Accept", "")
    prepared = None
    if route.prepare is not None:
        with web.database.read() as db:
            prepared = route.prepare(Call(web, db, actor, now, path, query, body, version))
    with transaction as db:
        call = Call(web, db, actor, now, path, query, body, version, after, accept, prepared)
        response = _answer_once(route, call, raw)
    for callback in after:
        callback()
    if route.files:
        response.vary.add("Accept")
    return response


def _answer_once(route: Route, call: Call, raw: bytes) -> Response:
    """Answer a POST; one whose Idempotency-Key is known gets its first answer again.

    The answer is stored in the same transaction.
    """
    key = request.headers.get("Idempotency-Key")
    if route.method != "POST" or key is None or route.permission is None:
        return _answer(route, _handler(route)(call))
    request_digest = hashlib.sha256(f"{request.path}\n".encode() + raw).hexdigest()
    seal = idempotency.Seal(call.context.secret)
    if stored := idempotency.find(call.db, call.actor.ref, key, request_digest, call.now, seal):
        return Response(stored.body, stored.status, stored.headers)
    response = _answer(route, route.handler(call))
    stored = idempotency.StoredAnswer(
        status=response.status_code,
        headers=dict(response.headers),
        body=response.get_data(as_text=True),
    )
    idempotency.store_answer(call.db, call.actor.ref, key, request_digest, stored, call.now, seal)
    return response


def _handler(route: Route) -> Handler:
    """Return the handler for the media type that the caller prefers; that of JSON by default."""
    if not route.files:
        return route.handler
    best = request.accept_mimetypes.best_match(["application/json", *route.files])
    return route.files.get(best or "", route.handler)


def _answer(route: Route, reply: Reply | Response) -> Response:
    if isinstance(reply, Response):
        if reply.get_etag()[0]:  # whoever has the file already gets a 304
            reply.make_conditional(request)
        return reply
    if route.answers is None:
        return Response(status=204)
    response = Response(
        msgspec.json.encode(to_json(reply.value)), route.status, content_type="application/json"
    )
    if reply.version is not None:
        response.set_etag(str(reply.version))
    return response


def _actor(route: Route) -> Actor:
    if route.permission is None:
        address = counted_address(request.remote_addr)
        # one count for all path parameters, also for guessed ones
        check_rate(route.per_address, f"{address} {route.method} {route.path}")
        return Actor(ref="anonymous")
    actor = bearer()
    actor.require_anywhere(route.permission)
    return actor


def _body(route: Route) -> tuple[Any, bytes]:
    if route.body is None and route.patch_of is None:
        return None, b""
    raw = request.get_data()
    if not raw and route.body is not None:
        # a body without fields; missing required fields are reported
        return parse({}, route.body), raw
    kind = request.mimetype
    if kind not in ("application/json", "application/merge-patch+json"):
        raise RequestRefused(415, "send the header Content-Type: application/json")
    value = read_json(raw)
    if not isinstance(value, dict):
        raise MalformedRequest("the body must be a JSON object")
    return (value if route.body is None else parse(value, route.body)), raw


_ETAG = re.compile(ETAG)


def _if_match(route: Route) -> int | None:
    if route.method != "PATCH":
        return None
    text = request.headers.get("If-Match")
    if text is None:
        raise RequestRefused(
            428, "send If-Match with the ETag that you read, so that nothing is lost"
        )
    match = _ETAG.fullmatch(text.strip())
    if match is None:
        raise RequestRefused(412, "If-Match is not an ETag of this thing")
    return int(match[1])


def _status(error: ServiceError) -> int:
    return next((status for kind, status in _SIMPLE_ERRORS if isinstance(error, kind)), 409)


def _refusal(error: RequestRefused) -> Response:
    response = problem(error.status, str(error))
    response.headers.update(error.headers)
    return response


# Strict reading of bodies and queries, before they become typed shapes.

MAX_EXACT = 2**53
"""Largest number with a decimal point that is read as an integer; beyond it, floats are not
exact."""
Q = TypeVar("Q", bound=msgspec.Struct)


class MalformedRequest(Exception):
    """The request can't be read at all (400)."""


def read_json(body: bytes) -> Any:
    """Parse a body as JSON: UTF-8, no duplicate keys, no NaN, not too deep.

    Raises MalformedRequest.
    """
    try:
        value = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_unique_keys,
            parse_constant=_no_constant,
            parse_float=_number,
        )
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeError as error:
        raise MalformedRequest("the body is not UTF-8 text") from error
    except RecursionError as error:
        raise MalformedRequest("the body is nested too deeply") from error
    except ValueError as error:
        raise MalformedRequest(f"the body is not valid JSON: {error}") from error
    return value


def read_query(parameters: Mapping[str, str], kind: type[Q]) -> Q:
    """Turn query parameters into their type. Raises Invalid that names every invalid parameter."""
    return parse(parameters, kind, strict=False)


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise ValueError("an object has the same key twice")
    return values


def _number(text: str) -> float:
    """Parse a number; `2.0` is the integer 2, as in JSON Schema (section 4.2.3)."""
    value = float(text)
    return int(value) if value.is_integer() and abs(value) <= MAX_EXACT else value


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")

"""The types of the API's table of routes: a route, a call of it, and its reply."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec
from flask import Response

from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from webui.context import WebContext

ETAG = r'(?:W/)?"(\d{1,18})"'
"""Pattern of `If-Match`: the version that the caller read."""
Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]


class NoQuery(msgspec.Struct, frozen=True):
    """The route takes no query parameters."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request with everything a handler needs; handlers don't read Flask's request."""

    context: WebContext
    db: Any
    """A session of the services: read-only for GET, otherwise committed after the handler."""
    actor: Actor
    now: Utc
    path: Mapping[str, str]
    query: Any
    body: Any
    """The body as the route's type; for PATCH, the merge patch as plain JSON."""
    if_match: int | None
    """For PATCH: the version on which the change is based."""
    after: list[Callable[[], None]] = field(default_factory=list)
    """Functions to call once the transaction has been committed."""
    accept: str = ""
    """The request's `Accept` header."""
    prepared: Any = None
    """The result of the route's `prepare`."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a handler returns."""

    value: Any = None
    version: int | None = None
    """Version of the value, sent as ETag; None: no ETag."""


Handler = Callable[[Call], Reply | Response]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A method and path, with everything that dispatching and OpenAPI need."""

    method: Method
    path: str
    """Relative to /api/v1, with parameters in braces: `/members/{id}`."""
    handler: Handler
    summary: str
    permission: Permission | None = None
    """What the caller must be allowed at some site; services check at which one.

    None: no token is needed.
    """
    answers: Any = None
    """Type of the answer; None: no body."""
    media: str | None = None
    """Media type of a file that is the answer instead of `answers`."""
    files: Mapping[str, Callable[[Call], Response]] = field(default_factory=dict)
    """Handlers of other media types, by type, for callers that prefer one in `Accept`."""
    body: type[msgspec.Struct] | None = None
    patch_of: type[msgspec.Struct] | None = None
    """For PATCH: the type that the patched resource must satisfy."""
    query: type[msgspec.Struct] = NoQuery
    per_address: int | None = None
    """For routes without a token: how many requests one address may make per minute.

    Path parameters don't matter, so that guessing codes has one limit for all of them.
    """
    status: int = 200
    prepare: Callable[[Call], Any] | None = None
    """A long computation before a change, in a read transaction of its own, so that it blocks no
    writer."""
    waits: bool = False
    """Whether a GET may conflict (409) until something else is done."""
    may_miss: bool = False
    """Whether the answer may be 404 although the path has no parameter."""

"""One row of the API's table: what a call takes, what it answers, and who may make it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec
from flask import Response

from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from webui.context import WebContext

ETAG = r'(?:W/)?"(\d{1,18})"'
"""What `If-Match` holds: the version that was read."""
Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]


class NoQuery(msgspec.Struct, frozen=True):
    """Takes no query parameters."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request, read: nothing in a handler reads Flask's request."""

    context: WebContext
    db: Any
    """A session of the services: for GET it only reads; else it commits after the handler."""
    actor: Actor
    now: Utc
    path: Mapping[str, str]
    query: Any
    body: Any
    """The body as the route's type; for PATCH the plain merge patch."""
    if_match: int | None
    """The version on which a change is based."""
    after: list[Callable[[], None]] = field(default_factory=list)
    """What to do once the transaction is committed."""
    accept: str = ""
    """The kinds of answer that the caller takes."""
    reckoned: Any = None
    """What the route's `before` has found."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A handler's response."""

    value: Any = None
    version: int | None = None
    """Becomes the ETag."""


Handler = Callable[[Call], Reply | Response]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A method and path, with everything that the dispatcher and OpenAPI need."""

    method: Method
    path: str
    """Relative to /api/v1, parameters in braces: `/members/{id}`."""
    handler: Handler
    summary: str
    permission: Permission | None = None
    """What the caller must be allowed somewhere; the services judge the place. None: open."""
    answers: Any = None
    media: str | None = None
    """Instead of `answers`: the media type of a file."""
    files: Mapping[str, Callable[[Call], Response]] = field(default_factory=dict)
    """What else it answers, by media type, to who asks for that with `Accept`."""
    body: type[msgspec.Struct] | None = None
    patch_of: type[msgspec.Struct] | None = None
    """For PATCH: the type that the merged document must satisfy."""
    query: type[msgspec.Struct] = NoQuery
    per_address: int | None = None
    """For what is open: how many requests one address may make in a minute, whichever the path's
    parameters: who guesses codes has one limit for all of them."""
    status: int = 200
    before: Callable[[Call], Any] | None = None
    """Long reckoning for a change: in a view of its own, so that nobody waits for it to write."""
    waits: bool = False
    """A reading that conflicts (409) until something else is done."""
    may_miss: bool = False
    """What it asks for may not be there (404), although its path has no parameter."""

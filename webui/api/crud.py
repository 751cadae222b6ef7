"""Build routes from the functions of services: create, get, page, change, and others."""

import inspect
import re
from collections.abc import Callable
from typing import Any, get_type_hints

import msgspec

from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.paging import MAX_LIMIT, Cursor
from webui.api.route import Call, Handler, Method, NoQuery, Reply, Route


class Paged(msgspec.Struct, frozen=True, kw_only=True):
    """Query parameters of every list: at most how many items, after which cursor."""

    limit: int = 100
    after: str | None = None


class EventQuery(Paged, frozen=True, kw_only=True):
    """Query parameters that select by time, agent and access point; never by member."""

    since: Utc | None = None
    until: Utc | None = None
    agent: str | None = None
    access_point: str | None = None


class MemberQuery(Paged, frozen=True, kw_only=True):
    """Query parameters of a list of one member, or of all."""

    member_id: str | None = None


class Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A body that must be an empty object."""


def cursor_of(query: Any) -> Cursor:
    """Return the cursor that a list's query asks for. Raises Invalid."""
    return Cursor(after=query.after, limit=query.limit)


def filters_of(query: msgspec.Struct) -> dict[str, Any]:
    """Return the query's own parameters that are set, apart from those that every list has."""
    names = set(query.__struct_fields__) - {"limit", "after"}
    return {name: value for name in names if (value := getattr(query, name)) is not None}


def read_routes(
    path: str,
    service: Any,
    permission: Permission,
    *,
    what: str,
    query: type[msgspec.Struct] = Paged,
) -> list[Route]:
    """Return the routes that list and get a resource."""
    many, one = f"List {what}, at most {MAX_LIMIT} at a time", f"Get one of {what}"
    return [
        service_route("GET", path, service.page, permission, many, query=query),
        service_route("GET", f"{path}/{{id}}", service.get, permission, one),
    ]


def write_routes(
    path: str,
    service: Any,
    permission: Permission,
    *,
    fields: type[msgspec.Struct] | None,
    what: str,
) -> list[Route]:
    """Return the route that creates a resource, and the one that changes it if `fields` is
    given."""
    creation = service_route(
        "POST", path, service.create, permission, f"Create one of {what}", status=201
    )
    if fields is None:
        return [creation]
    text = f"Change one of {what}"
    return [creation, patch_route(f"{path}/{{id}}", service.change, fields, permission, text)]


def patch_route(
    path: str,
    change: Callable[..., Any],
    fields: type[msgspec.Struct],
    permission: Permission,
    summary: str,
) -> Route:
    """Return a PATCH route: a merge patch of these fields, passed to a service's `change`.

    `change` also gets the version that the caller has read.
    """
    return Route(
        method="PATCH",
        path=path,
        handler=patch_handler(change),
        patch_of=fields,
        answers=get_type_hints(change)["return"],
        permission=permission,
        summary=summary,
    )


def service_route(
    method: Method,
    path: str,
    service: Callable[..., Any],
    permission: Permission,
    summary: str,
    *,
    query: type[msgspec.Struct] = NoQuery,
    status: int = 200,
) -> Route:
    """Return a route that calls a service's function, whose types say what it takes and returns.

    The function gets the session, then the path's parameters, then the body if it takes one; and
    by name the actor, the time, the vault, and for a list its cursor and filters, if it has such
    parameters.
    """
    types = get_type_hints(service)
    parameters = inspect.signature(service).parameters.values()
    names = re.findall(r"\{(\w+)\}", path)
    positional = [it.name for it in parameters if it.kind is it.POSITIONAL_OR_KEYWORD]
    body = [types[name] for name in positional[1 + len(names) :]]
    etag = "version" in getattr(types["return"], "__struct_fields__", ())

    def handler(call: Call) -> Reply:
        arguments = [*(call.path[name] for name in names), *([call.body] if body else ())]
        values = {"actor": call.actor, "now": call.now}
        keywords: dict[str, Any] = {name: values[name] for name in values if name in types}
        if "vault" in types:
            keywords["vault"] = call.context.vault
        if query is not NoQuery:
            keywords |= {"cursor": cursor_of(call.query), **filters_of(call.query)}
        result = service(call.db, *arguments, **keywords)
        return with_etag(result) if etag else Reply(result)

    return Route(
        method=method,
        path=path,
        handler=handler,
        summary=summary,
        permission=permission,
        answers=types["return"],
        body=body[0] if body else Nothing if method in ("POST", "PUT") else None,
        query=query,
        status=status,
    )


def calls_service(service: Callable[..., Any], *names: str, etag: bool = False) -> Handler:
    """Return a handler that calls a service's function with these path parameters, and the body.

    `etag`: the result has a version, which becomes the answer's ETag.
    """

    def handler(call: Call) -> Reply:
        arguments = [call.path[name] for name in names]
        if call.body is not None and not isinstance(call.body, Nothing):
            arguments.append(call.body)
        result = service(call.db, *arguments, actor=call.actor, now=call.now)
        return with_etag(result) if etag else Reply(result)

    return handler


def patch_handler(change: Callable[..., Any]) -> Handler:
    """Return a handler that passes a merge patch to a service's `change`, with the version read."""

    def handler(call: Call) -> Reply:
        keywords = {"version": call.if_match, "actor": call.actor, "now": call.now}
        return with_etag(change(call.db, call.path["id"], call.body, **keywords))

    return handler


def with_etag(value: Any) -> Reply:
    """Return a reply whose ETag is the value's version."""
    return Reply(value, version=value.version)

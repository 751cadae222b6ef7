"""The four routes that most resources have, over a service's create, get, page and change."""

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
    """Query of every list: at most how many, after which cursor."""

    limit: int = 100
    after: str | None = None


class Filtered(Paged, frozen=True, kw_only=True):
    """By time, agent and access point; never by member."""

    since: Utc | None = None
    until: Utc | None = None
    agent: str | None = None
    access_point: str | None = None


class OfMember(Paged, frozen=True, kw_only=True):
    """A list, of one member or of all."""

    member_id: str | None = None


class Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An empty object."""


def cursor_of(query: Any) -> Cursor:
    """The page that a list's query asks for. Raises Invalid."""
    return Cursor(after=query.after, limit=query.limit)


def filters_of(query: msgspec.Struct) -> dict[str, Any]:
    """The query's own parameters, beyond those of every list."""
    own = set(query.__struct_fields__) - {"limit", "after"}
    return {name: value for name in own if (value := getattr(query, name)) is not None}


def reads(
    path: str,
    service: Any,
    permission: Permission,
    *,
    what: str,
    query: type[msgspec.Struct] = Paged,
) -> list[Route]:
    """List and get."""
    many, one = f"List {what}, at most {MAX_LIMIT} at a time", f"Get one of {what}"
    return [
        serves("GET", path, service.page, permission, many, query=query),
        serves("GET", f"{path}/{{id}}", service.get, permission, one),
    ]


def writes(
    path: str,
    service: Any,
    permission: Permission,
    *,
    fields: type[msgspec.Struct] | None,
    what: str,
) -> list[Route]:
    """Create and, where it has fields that may change, change."""
    made = serves("POST", path, service.create, permission, f"Create one of {what}", status=201)
    if fields is None:
        return [made]
    text = f"Change one of {what}"
    return [made, patches(f"{path}/{{id}}", service.change, fields, permission, text)]


def patches(
    path: str,
    change: Callable[..., Any],
    fields: type[msgspec.Struct],
    permission: Permission,
    summary: str,
) -> Route:
    """A merge patch of these fields, handed to a service's `change` with the version read."""
    return Route(
        method="PATCH",
        path=path,
        handler=changes(change),
        patch_of=fields,
        answers=get_type_hints(change)["return"],
        permission=permission,
        summary=summary,
    )


def serves(
    method: Method,
    path: str,
    service: Callable[..., Any],
    permission: Permission,
    summary: str,
    *,
    query: type[msgspec.Struct] = NoQuery,
    status: int = 200,
) -> Route:
    """A route that is a service's function: its types say what it takes and what it answers.

    After the session come what the path names, then the body if it takes one; by name who asks,
    the time, the vault, and of a list its page and filters.
    """
    types = get_type_hints(service)
    taken = inspect.signature(service).parameters.values()
    names = re.findall(r"\{(\w+)\}", path)
    body = [types[it.name] for it in taken if it.kind is it.POSITIONAL_OR_KEYWORD][1 + len(names) :]
    tag = "version" in getattr(types["return"], "__struct_fields__", ())

    def handler(call: Call) -> Reply:
        given = [*(call.path[name] for name in names), *([call.body] if body else ())]
        known = {"actor": call.actor, "now": call.now}
        named: dict[str, Any] = {name: known[name] for name in known if name in types}
        if "vault" in types:
            named["vault"] = call.context.vault
        if query is not NoQuery:
            named |= {"cursor": cursor_of(call.query), **filters_of(call.query)}
        done = service(call.db, *given, **named)
        return with_version(done) if tag else Reply(done)

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


def does(act: Callable[..., Any], *names: str, tag: bool = False) -> Handler:
    """What a service's act does with what these parts of the path name, and with the body.

    `tag`: its answer has a version, which becomes the ETag.
    """

    def handler(call: Call) -> Reply:
        given = [call.path[name] for name in names]
        if call.body is not None and not isinstance(call.body, Nothing):
            given.append(call.body)
        done = act(call.db, *given, actor=call.actor, now=call.now)
        return with_version(done) if tag else Reply(done)

    return handler


def shows(read: Callable[..., Any], *names: str, tag: bool = False) -> Handler:
    """What a service reads of what these parts of the path name."""

    def handler(call: Call) -> Reply:
        found = read(call.db, *(call.path[name] for name in names), actor=call.actor)
        return with_version(found) if tag else Reply(found)

    return handler


def changes(change: Callable[..., Any]) -> Handler:
    """A merge patch, handed to a service's `change` with the version that was read."""

    def handler(call: Call) -> Reply:
        done = {"version": call.if_match, "actor": call.actor, "now": call.now}
        return with_version(change(call.db, call.path["id"], call.body, **done))

    return handler


def with_version(value: Any) -> Reply:
    """A thing with its version as ETag."""
    return Reply(value, version=value.version)

"""The whole API: the routes of every room, and its own description."""

from collections.abc import Iterable, Sequence
from functools import cache
from importlib.metadata import version

import msgspec
from flask import Response

from webui.api.openapi import document
from webui.api.route import Call, Route
from webui.room import Room
from webui.rooms import ROOMS


def description(routes: Sequence[Route]) -> bytes:
    """The OpenAPI document of these routes, as JSON."""
    return msgspec.json.format(msgspec.json.encode(document(routes, version("loquet"))))


def table(rooms: Iterable[Room]) -> tuple[Route, ...]:
    """The routes of the rooms, and the one that describes them all."""
    described = cache(lambda: description(routes))

    def describe(_call: Call) -> Response:
        return Response(described(), content_type="application/json")

    own = Route(
        method="GET",
        path="/openapi.json",
        handler=describe,
        summary="This API's OpenAPI 3.1 document",
    )
    routes = (*(route for room in rooms for route in room.api), own)
    return routes


ROUTES = table(ROOMS)

"""The whole API: the routes of every room, and its own description."""

from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from threading import Lock

import msgspec
from flask import Response

from webui.api.openapi import EXAMPLES, document, read_examples
from webui.api.route import Call, Route
from webui.room import Room
from webui.rooms import ROOMS


def description(rooms: Sequence[Room]) -> bytes:
    """The OpenAPI document of these rooms' routes, with their examples, as JSON."""
    examples = read_examples((EXAMPLES, *(room.examples for room in rooms if room.examples)))
    made = document(table(rooms), examples, version("loquet"))
    return msgspec.json.format(msgspec.json.encode(made))


def table(rooms: Sequence[Room]) -> tuple[Route, ...]:
    """The routes of the rooms, and the one that describes them all."""
    described, making = cache(lambda: description(rooms)), Lock()

    def describe(_call: Call) -> Response:
        with making:  # once, however many ask at first: it takes some MB
            document = described()
        return Response(document, content_type="application/json")

    own = Route(
        method="GET",
        path="/openapi.json",
        handler=describe,
        summary="This API's OpenAPI 3.1 document",
    )
    return (*(route for room in rooms for route in room.api), own)


ROUTES = table(ROOMS)

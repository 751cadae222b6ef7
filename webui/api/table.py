"""The whole API, one list of routes, and its own description."""

from functools import cache
from importlib.metadata import version

import msgspec
from flask import Response

from webui.api import (
    accounts,
    agents,
    bookings,
    commissioning,
    courses,
    groups,
    machines,
    people,
    presence,
    privacy,
    records,
    told,
    training,
    upkeep,
)
from webui.api.openapi import document
from webui.api.route import Call, Route


@cache
def description() -> bytes:
    """The OpenAPI document, as JSON."""
    return msgspec.json.format(msgspec.json.encode(document(ROUTES, version("loquet"))))


def _describe(_call: Call) -> Response:
    return Response(description(), content_type="application/json")


ROUTES: list[Route] = [
    *people.ROUTES,
    *groups.ROUTES,
    *accounts.ROUTES,
    *training.ROUTES,
    *machines.ROUTES,
    *commissioning.ROUTES,
    *agents.ROUTES,
    *courses.ROUTES,
    *bookings.ROUTES,
    *presence.ROUTES,
    *privacy.ROUTES,
    *records.ROUTES,
    *upkeep.ROUTES,
    *told.ROUTES,
    Route(
        method="GET",
        path="/openapi.json",
        handler=_describe,
        summary="This API's OpenAPI 3.1 document",
    ),
]

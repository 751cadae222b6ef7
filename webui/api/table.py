"""The whole API, one list of routes, and its own description."""

from functools import cache
from importlib.metadata import version

import msgspec
from flask import Response

from webui.accounts import api as accounts
from webui.agents import api as agents
from webui.api.openapi import document
from webui.api.route import Call, Route
from webui.bookings import api as bookings
from webui.groups import api as groups
from webui.machines import api as machines
from webui.machines import commissioning_api as commissioning
from webui.members import api as people
from webui.presence import api as presence
from webui.privacy import api as privacy
from webui.tell import api as told
from webui.training import api as training
from webui.training import courses_api as courses
from webui.upkeep import api as upkeep
from webui.usage import api as records


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

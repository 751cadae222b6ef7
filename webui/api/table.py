"""The table of the whole API: the routes of all features, and the one that describes them."""

from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from threading import Lock

import msgspec
from flask import Response

from webui.api.openapi import EXAMPLES, document, read_examples
from webui.api.route import Call, Route
from webui.feature import Feature
from webui.features import FEATURES


def description(features: Sequence[Feature]) -> bytes:
    """Return the OpenAPI document of these features' routes, with their examples, as JSON."""
    examples = read_examples(
        (EXAMPLES, *(feature.examples for feature in features if feature.examples))
    )
    described = document(table(features), examples, version("loquet"))
    return msgspec.json.format(msgspec.json.encode(described))


def table(features: Sequence[Feature]) -> tuple[Route, ...]:
    """Return the routes of the features, and the one that describes them all."""
    described, making = cache(lambda: description(features)), Lock()

    def describe(_call: Call) -> Response:
        with making:  # generated once even if several ask at first, as it takes some MB
            document = described()
        return Response(document, content_type="application/json")

    own_route = Route(
        method="GET",
        path="/openapi.json",
        handler=describe,
        summary="This API's OpenAPI 3.1 document",
    )
    return (*(route for feature in features for route in feature.api), own_route)


ROUTES = table(FEATURES)

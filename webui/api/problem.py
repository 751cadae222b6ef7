"""Errors as RFC 9457 problem documents that name the invalid fields."""

from collections.abc import Iterable

import msgspec
from flask import Response

from controller.kernel.errors import AccessDenied, FieldError
from controller.kernel.shapes import DecisionText

PREFIX = "/api/v1"
"""Path prefix below which every error is a problem document rather than a page."""


class FieldProblem(msgspec.Struct, frozen=True):
    """An invalid field, and why it is invalid."""

    field: str
    detail: str


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """A problem document (RFC 9457); `errors` names every invalid field."""

    title: str
    status: int
    type: str = "about:blank"
    detail: str | None = None
    errors: list[FieldProblem] = []
    reason: str | None = None
    """Why an action was denied.

    A reason of `decide()`, or for a print `badge_first`, `agent_silent`, `fault` or
    `out_of_service`.
    """
    text: DecisionText | None = None
    """The reason as a text for people."""


TITLES = {
    400: "The request is malformed",
    401: "A valid token is needed",
    403: "This token may not do that",
    404: "There is no such thing here",
    405: "This method is not allowed here",
    409: "The present state does not allow it",
    412: "It has changed since you read it",
    413: "The body is too large",
    415: "The body must be application/json",
    422: "Some fields are not valid",
    428: "If-Match is required",
    429: "Too many requests",
    500: "Something went wrong on our side",
    503: "Not ready",
}


def problem(
    status: int,
    detail: str | None = None,
    errors: Iterable[FieldError] = (),
    denied: AccessDenied | None = None,
) -> Response:
    """Return a response with a problem document."""
    fields = [FieldProblem(error.field, error.message) for error in errors]
    document = Problem(TITLES.get(status, "Error"), status, detail=detail, errors=fields)
    if denied is not None:
        document = msgspec.structs.replace(document, reason=denied.reason, text=denied.text)
    return Response(msgspec.json.encode(document), status, content_type="application/problem+json")

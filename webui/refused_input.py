"""Keeps the values of a refused form, so that the next page shows them again, once."""

from collections.abc import Mapping

from flask import request, session

_KEY = "typed"
_KEPT = frozenset(
    [
        "name",
        "heads",
        "supervisors",
        "until",
        "text",
        "expected",
        "at",
        "zone",
        "member",
        "sheet",
        "plan",
        "length",
        "from",
        "day",
        "units",
        "kind",
        "certification",
        "level",
        "reason",
    ]
)
"""The fields that are kept. Badge numbers are not among them, as a badge is read again at once."""


def keep(why: str = "") -> None:
    """Keep this form's input in the session.

    `why` is the error, for a form in a dialog.
    """
    fields = {name: request.form[name][:400] for name in _KEPT if request.form.get(name)}
    session[_KEY] = fields | {"form": request.endpoint or "", "why": why}


def take() -> Mapping[str, str]:
    """Return the input that was kept, and forget it."""
    fields: Mapping[str, str] = session.pop(_KEY, {})
    return fields

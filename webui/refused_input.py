"""What was typed into a form that was refused, for the page that says so: once."""

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
"""No number of a badge: it is read again in a moment."""


def keep(why: str = "") -> None:
    """Remember what this form said; `why`: what was wrong, for a form that lies over the page."""
    fields = {name: request.form[name][:400] for name in _KEPT if request.form.get(name)}
    session[_KEY] = fields | {"form": request.endpoint or "", "why": why}


def take() -> Mapping[str, str]:
    """Give it to the page that is being made."""
    kept: Mapping[str, str] = session.pop(_KEY, {})
    return kept

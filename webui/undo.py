"""Confirmations that the next page shows, with an undo button where there is one."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from flask import abort, flash, request, session, url_for

from controller.domain.time import Utc
from webui.parts import Undo

KEY = "undo"
"""Session key of the pending undo button."""


def flash_done(text: str) -> None:
    """Flash a confirmation without an undo button."""
    session.pop(KEY, None)
    flash(text, "done")


def refuse(text: str) -> None:
    """Flash why an action was refused, and drop the pending undo button."""
    session.pop(KEY, None)
    flash(text, "wrong")


def done_with_undo(text: str, endpoint: str, **values: Any) -> None:
    """Flash what was done, with an undo button that sends a POST to `endpoint`.

    `values` go into the URL where the route has a parameter for them, otherwise into the form. The
    endpoint checks its own permission, like any other.
    """
    _flash_undo(text, endpoint, values, restores=False)


def flash_cancelled(text: str, endpoint: str, **values: Any) -> None:
    """Flash that something was cancelled; its undo button says *Rétablir*, not *Annuler*."""
    _flash_undo(text, endpoint, values, restores=True)


def _flash_undo(text: str, endpoint: str, values: Mapping[str, Any], *, restores: bool) -> None:
    address = url_for(endpoint, **values)
    href, _, query = address.partition("?")
    in_query = dict(parse_qsl(query, keep_blank_values=True))
    fields = {name: str(value) for name, value in values.items() if name in in_query}
    session[KEY] = {"text": text, "href": href, "fields": fields, "restores": restores}


def moment_done() -> Utc:
    """Return when what is to be undone was done, as its undo button says; otherwise abort."""
    try:
        return Utc.parse(request.form.get("at", ""))
    except ValueError:
        abort(400)


def take_undo() -> Undo | None:
    """The undo button for the page that is being rendered, or None; it is offered only once."""
    stored = session.pop(KEY, None)
    if stored is None:
        return None
    return Undo(
        stored["text"],
        stored["href"],
        tuple(stored["fields"].items()),
        stored.get("restores", False),
    )

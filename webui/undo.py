"""What was just done, said on the next page with the button that takes it back."""

from collections.abc import Mapping
from typing import Any

from flask import flash, session, url_for

from webui.parts import Undo

KEY = "undo"


def flash_done(text: str) -> None:
    """Flash a confirmation without an undo button."""
    session.pop(KEY, None)
    flash(text, "done")


def refuse(text: str) -> None:
    """Say why not; what was done before can't be taken back from here any more."""
    session.pop(KEY, None)
    flash(text, "wrong")


def done_with_undo(text: str, endpoint: str, **values: Any) -> None:
    """Say what was done, and offer the form that takes it back: a POST to that page of ours.

    `values` go into the address where it has a place for them, else into the form. The page that
    takes it back is a page like any other: it asks for its own permission.
    """
    _offer(text, endpoint, values, restores=False)


def flash_cancelled(text: str, endpoint: str, **values: Any) -> None:
    """Flash that something was cancelled; its undo button says *Rétablir*, not *Annuler*."""
    _offer(text, endpoint, values, restores=True)


def _offer(text: str, endpoint: str, values: Mapping[str, Any], *, restores: bool) -> None:
    address = url_for(endpoint, **values)
    href, _, query = address.partition("?")
    placed = {name for name, value in values.items() if f"{name}=" not in query}
    fields = {name: str(value) for name, value in values.items() if name not in placed}
    session[KEY] = {"text": text, "href": href, "fields": fields, "restores": restores}


def take_undo() -> Undo | None:
    """What the page that is being made offers to take back: once."""
    kept = session.pop(KEY, None)
    if kept is None:
        return None
    return Undo(
        kept["text"], kept["href"], tuple(kept["fields"].items()), kept.get("restores", False)
    )

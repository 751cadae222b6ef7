"""Where an act leads back to: to *Catch up* when its form stands there, else where it
always does."""

from typing import Any

from flask import request, url_for

SINCE = "since"
KEPT = ("back", "since", "row", "then")
"""What a form in *Catch up* sends along, and sends again when the act is taken back."""


def back_to(address: str) -> str:
    """That address, unless the form says that it stands in *Catch up*: then to its row there."""
    form = request.form
    if form.get("back") != SINCE:
        return address
    asked: dict[str, Any] = {name: form.get(name) or None for name in KEPT[1:]}
    return url_for("activity.show", **asked)

"""Addresses: those that are handed back to us stay inside, and ours keep the site of the page."""

from typing import Any
from urllib.parse import urlsplit

from flask import current_app, request, url_for

from webui.guard import account, current_site


def safe_address(wanted: str | None) -> str:
    """The address if it is a path of this server, else Live: no crafted link sends anybody away."""
    if wanted and wanted.startswith("/") and "\\" not in wanted and wanted.isprintable():
        parts = urlsplit(wanted)
        if not parts.scheme and not parts.netloc and not wanted.startswith("//"):
            return wanted
    return url_for("live.show")


def keep_site(endpoint: str, values: dict[str, object]) -> None:
    """Give an address of ours the site of this page, where the account sees several."""
    who = account()
    if who is None or len(who.sites) < 2:  # asked for each of a page's hundred addresses
        return
    if (at := current_site()) and current_app.url_map.is_endpoint_expecting(endpoint, "site"):
        values.setdefault("site", at.id)


# Where an act leads back to: to *Catch up* when its form stands there, else where it
# always does.

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

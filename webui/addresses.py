"""Addresses of pages: check those that come from outside, and add the site to our own."""

from typing import Any
from urllib.parse import urlsplit

from flask import current_app, request, url_for

from webui.guard import account, current_site


def safe_address(address: str | None) -> str:
    """Return the address if it is a path of this server, otherwise that of *Live*.

    So no crafted link leads to another server.
    """
    if address and address.startswith("/") and "\\" not in address and address.isprintable():
        parts = urlsplit(address)
        if not parts.scheme and not parts.netloc and not address.startswith("//"):
            return address
    return url_for("live.show")


def page_address() -> str:
    """Return the address of this page; if it answers a form whose address can't be opened, return
    that of the page with the form."""
    if request.method != "POST":
        return request.full_path.rstrip("?")
    return request.path if _is_page(request.path) else form_address()


def form_address() -> str:
    """Return the address of the page with the form that was sent, or of *Live*.

    That page may itself be the answer to a form, and then has no address that can be opened.
    """
    came = urlsplit(request.referrer or "")
    if not _is_page(came.path):
        return url_for("live.show")
    return safe_address(f"{came.path}?{came.query}" if came.query else came.path)


def _is_page(path: str) -> bool:
    routes = current_app.create_url_adapter(request)
    return bool(path) and routes is not None and routes.test(path, "GET")


def add_site(endpoint: str, values: dict[str, object]) -> None:
    """Add this page's site to one of our addresses if the account has several sites."""
    who = account()
    if who is None or len(who.sites) < 2:  # checked first, as a page has about a hundred addresses
        return
    if (at := current_site()) and current_app.url_map.is_endpoint_expecting(endpoint, "site"):
        values.setdefault("site", at.id)


# Where an action leads back to: to *Catch up* or *Live* if its form is there, or its usual page.

CATCH_UP, BOARD = "since", "board"
RETURN_FIELDS = ("back", "since", "row", "then")
"""Fields that a form in *Catch up* sends, and sends again when the action is undone."""


def return_address(address: str) -> str:
    """Return the address, or that of *Live* or of the row in *Catch up* if the form is there."""
    form = request.form
    if form.get("back") == BOARD:
        return url_for("live.show")
    if form.get("back") != CATCH_UP:
        return address
    fields: dict[str, Any] = {name: form.get(name) or None for name in RETURN_FIELDS[1:]}
    return url_for("activity.show", **fields)

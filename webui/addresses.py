"""Addresses: those that are handed back to us stay inside, and ours keep the site of the page."""

from urllib.parse import urlsplit

from flask import current_app, url_for

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

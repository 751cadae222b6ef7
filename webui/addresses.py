"""Addresses that a form or a link hands back to us, kept inside this site."""

from urllib.parse import urlsplit

from flask import url_for


def inside(wanted: str | None) -> str:
    """The address if it is a path of this site, else Live: no crafted link sends anybody away."""
    if wanted and wanted.startswith("/") and "\\" not in wanted and wanted.isprintable():
        parts = urlsplit(wanted)
        if not parts.scheme and not parts.netloc and not wanted.startswith("//"):
            return wanted
    return url_for("live.show")

"""Refuses changes that pages of other origins send: a second protection beside the form's token."""

from urllib.parse import urlsplit

from flask import Flask, request
from flask_wtf.csrf import CSRFError

from controller.settings import Settings
from webui.api.problem import PREFIX

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
"""Methods that change nothing, and are not checked."""
OWN_ORIGINS = ("same-origin", "none")
"""`Sec-Fetch-Site` of our own pages, and of typed addresses and bookmarks."""


def install(app: Flask, settings: Settings) -> None:
    """Refuse what a page of another origin sends.

    The API is exempt: it uses no cookies, and any origin may call it.
    """
    public = urlsplit(settings.web.public_url).netloc

    def refuse_others() -> None:
        if request.method in SAFE_METHODS or request.path.startswith(f"{PREFIX}/"):
            return
        if not _is_ours(public):
            raise CSRFError("it comes from a page of another origin")

    app.before_request(refuse_others)


def is_from_own_page() -> bool:
    """Whether the browser itself says that our own page sent this; no header means False."""
    return request.headers.get("Sec-Fetch-Site") == OWN_ORIGINS[0]


def _is_ours(public: str) -> bool:
    """Whether the headers allow that our own page sent this; programs and old browsers send none.

    Behind a proxy that changes the host, the page's origin is the public address.
    """
    fetch_site = request.headers.get("Sec-Fetch-Site")
    if fetch_site is not None:
        return fetch_site in OWN_ORIGINS
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc in (request.host, public)

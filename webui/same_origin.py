"""Whatever changes something comes from a page of ours: a second lock beside the form's token."""

from urllib.parse import urlsplit

from flask import Flask, request
from flask_wtf.csrf import CSRFError

from controller.settings import Settings
from webui.api.problem import PREFIX

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
OURS = ("same-origin", "none")
"""What a browser says of a page of ours, and of who typed the address or opened a bookmark."""


def install(app: Flask, settings: Settings) -> None:
    """Refuse what a page of another origin sends. The API has no cookies, and is asked by any."""
    public = urlsplit(settings.web.public_url).netloc

    def refuse_others() -> None:
        if request.method in SAFE_METHODS or request.path.startswith(f"{PREFIX}/"):
            return
        if not _is_ours(public):
            raise CSRFError("it comes from a page of another origin")

    app.before_request(refuse_others)


def is_said_ours() -> bool:
    """Whether the browser itself says that a page of ours sent it; silence is no such word."""
    return request.headers.get("Sec-Fetch-Site") == OURS[0]


def _is_ours(public: str) -> bool:
    """By what the browser says of itself; programs and old browsers say nothing.

    Behind a proxy that changes the host it is the public address that a page names.
    """
    told = request.headers.get("Sec-Fetch-Site")
    if told is not None:
        return told in OURS
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc in (request.host, public)

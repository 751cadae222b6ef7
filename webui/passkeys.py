"""Passkeys in the browser: for which address they are, and the step that this browser has begun."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import Response, session

from controller.capabilities.accounts.passkeys import Party, PasskeyChallenge
from webui.context import context

STEP = "step"
"""In the cookie: the secret of what was begun here and waits for its second half."""


def party() -> Party | None:
    """For whom passkeys are; None where people come by a number, for which browsers make none."""
    settings = context().settings
    parts = urlsplit(settings.web.public_url)
    host = parts.hostname or ""
    is_safe = parts.scheme == "https" or host == "localhost"
    if not is_safe or _is_number(host):
        return None
    return Party(host=host, origin=f"{parts.scheme}://{parts.netloc}", name=settings.site.name)


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def challenge_response(found: PasskeyChallenge) -> Response:
    """What the page's script hands to the browser; this browser alone may go on."""
    session[STEP] = found.step
    return Response(found.options, mimetype="application/json")


def step() -> str:
    """What was begun in this browser; empty: nothing. It is asked for once."""
    found = session.pop(STEP, "")
    return found if isinstance(found, str) else ""

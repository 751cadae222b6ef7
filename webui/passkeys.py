"""Passkeys in the browser: the address they are for, and the sign-in step that is under way."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import Response, session

from controller.capabilities.accounts.passkeys import PasskeyChallenge, RelyingParty
from webui.context import context

STEP = "step"
"""Key in the session cookie: the secret of a step that waits for its second half."""


def relying_party() -> RelyingParty | None:
    """Return the party that passkeys are for.

    None if the public address is an IP address or is not secure, as browsers make no passkeys
    then.
    """
    settings = context().settings
    parts = urlsplit(settings.web.public_url)
    host = parts.hostname or ""
    is_safe = parts.scheme == "https" or host == "localhost"
    if not is_safe or _is_number(host):
        return None
    return RelyingParty(
        host=host, origin=f"{parts.scheme}://{parts.netloc}", name=settings.site.name
    )


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def challenge_response(challenge: PasskeyChallenge) -> Response:
    """Return the challenge for the page's script; only this browser can answer it."""
    session[STEP] = challenge.step
    return Response(challenge.options, mimetype="application/json")


def pop_step() -> str:
    """Return the step that this browser has begun and forget it; empty: none."""
    step = session.pop(STEP, "")
    return step if isinstance(step, str) else ""

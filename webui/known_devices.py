"""The cookie of a browser that has signed in before, so that strangers keep nobody waiting there.

Signed, and bound to accounts: it opens nothing, it only has a count of tries of its own.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from flask import Response, after_this_request, current_app, request
from itsdangerous import BadData, URLSafeSerializer

from controller.capabilities.accounts import devices
from controller.domain.time import Utc
from webui.context import context

LASTS = timedelta(days=180)
MOST_ACCOUNTS = 8
"""Of one browser, such as the desk's; the one that signed in the longest ago is forgotten first."""
_SALT = "known device"


Shown = dict[str, tuple[int, int]]
"""By an account's id: its number, and when this browser signed in to it, in milliseconds."""


@dataclass(frozen=True, slots=True)
class KnownDevice:
    """This browser: its id, and the login of each account that it has signed in to, by its id."""

    id: str
    logins: dict[str, str]


def cookie_name() -> str:
    """Beside the session's, with the same rules."""
    return f"{current_app.config['SESSION_COOKIE_NAME']}-device"


def current() -> KnownDevice | None:
    """This browser, if an account still knows it."""
    device, shown = _read()
    if not shown:
        return None
    with context().database.read() as db:
        logins = devices.still_known(db, {key: number for key, (number, _) in shown.items()})
    return KnownDevice(device, logins) if logins else None


def of_login(login: str) -> str:
    """The id of this browser, if it has signed in with that login before; else empty."""
    found = current()
    return found.id if found and login in found.logins.values() else ""


def of_account(account_id: str) -> str:
    """The same, by the account's id."""
    found = current()
    return found.id if found and account_id in found.logins else ""


def of_anybody() -> str:
    """The id of this known device, whichever account signed in."""
    found = current()
    return found.id if found else ""


def remember(account_id: str) -> None:
    """With the answer to this request: somebody has shown here that the account is theirs."""
    device, shown = _read()
    with context().database.read() as db:
        number = devices.generation(db, account_id)
    shown.pop(account_id, None)
    shown[account_id] = (number, context().clock().millis())
    latest = dict(list(shown.items())[-MOST_ACCOUNTS:])
    cookie = _signer().dumps([device, latest])

    @after_this_request
    def set_cookie(response: Response) -> Response:
        response.set_cookie(
            cookie_name(),
            cookie,
            max_age=LASTS,
            httponly=True,
            samesite="Lax",
            secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        )
        return response


def _read() -> tuple[str, Shown]:
    """The browser's id, a new one if it has none, and what it shows that is not too old."""
    try:
        device, shown = _signer().loads(request.cookies.get(cookie_name(), ""))
    except BadData:
        return secrets.token_hex(16), {}
    since = Utc.of(context().clock() - LASTS).millis()
    return device, {key: (number, at) for key, (number, at) in shown.items() if at > since}


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(context().secret, salt=_SALT)

"""A cookie that marks a browser as known to an account, so that strangers can't lock its owner out.

Known browsers have their own count of sign-in tries. The cookie is signed and bound to accounts,
and does not sign anybody in.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from flask import Response, after_this_request, current_app, request
from itsdangerous import BadData, URLSafeSerializer

from controller.capabilities.accounts import devices
from controller.domain.time import Utc
from webui.context import context

COOKIE_LIFETIME = timedelta(days=180)
MAX_ACCOUNTS = 8
"""Accounts that one browser (such as the desk's) is known to; the oldest sign-in is dropped
first."""
_SALT = "known device"


SignIns = dict[str, tuple[int, int]]
"""Content of the cookie: by account id, its number and when this browser signed in, in ms.

The number changes when the account forgets its known devices.
"""


@dataclass(frozen=True, slots=True)
class KnownDevice:
    """This browser: its id, and the logins of accounts to which it has signed in, by account id."""

    id: str
    logins: dict[str, str]


def cookie_name() -> str:
    """Return the cookie's name, which is derived from the session cookie's."""
    return f"{current_app.config['SESSION_COOKIE_NAME']}-device"


def current() -> KnownDevice | None:
    """Return this browser if an account still knows it, otherwise None."""
    device_id, sign_ins = _read()
    if not sign_ins:
        return None
    with context().database.read() as db:
        logins = devices.known_logins(db, {key: number for key, (number, _) in sign_ins.items()})
    return KnownDevice(device_id, logins) if logins else None


def id_for_login(login: str) -> str:
    """Return this browser's id if it has signed in with that login before, otherwise empty."""
    device = current()
    return device.id if device and login in device.logins.values() else ""


def id_for_account(account_id: str) -> str:
    """Return this browser's id if that account knows it, otherwise empty."""
    device = current()
    return device.id if device and account_id in device.logins else ""


def id_for_anybody() -> str:
    """Return this browser's id if any account knows it, otherwise empty."""
    device = current()
    return device.id if device else ""


def remember(account_id: str) -> None:
    """Set the cookie with this response: somebody has proved here that the account is theirs."""
    device_id, sign_ins = _read()
    with context().database.read() as db:
        number = devices.generation(db, account_id)
    sign_ins.pop(account_id, None)
    sign_ins[account_id] = (number, context().clock().millis())
    latest = dict(list(sign_ins.items())[-MAX_ACCOUNTS:])
    cookie = _signer().dumps([device_id, latest])

    @after_this_request
    def set_cookie(response: Response) -> Response:
        response.set_cookie(
            cookie_name(),
            cookie,
            max_age=COOKIE_LIFETIME,
            httponly=True,
            samesite="Lax",
            secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        )
        return response


def _read() -> tuple[str, SignIns]:
    """Return the browser's id, a new one if it has none, and the entries that are not too old."""
    try:
        device_id, sign_ins = _signer().loads(request.cookies.get(cookie_name(), ""))
    except BadData:
        return secrets.token_hex(16), {}
    since = Utc.of(context().clock() - COOKIE_LIFETIME).millis()
    return device_id, {key: (number, at) for key, (number, at) in sign_ins.items() if at > since}


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(context().secret, salt=_SALT)

"""Ask for the password again before a grave action, if signing in was a while ago."""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from functools import wraps
from typing import Any

from flask import Response, abort, current_app, make_response, render_template, request
from flask.typing import ResponseReturnValue

from controller.capabilities.accounts import admin, providers, sign_ins
from controller.capabilities.accounts import passkeys as keys
from controller.capabilities.members import members
from controller.domain.locale.catalogue import N_
from controller.kernel.errors import Invalid, NotFound
from webui import known_devices, passkeys, sessions
from webui.addresses import form_address
from webui.context import context
from webui.form_recovery import SECRET_FIELDS
from webui.guard import SignedIn, account, is_htmx_request
from webui.i18n import _, gettext
from webui.limits import TryLimit

PROOF_LASTS = timedelta(minutes=5)
"""For this long after a proof the account is not asked again."""
TRIES, WINDOW_S = 8, 300
"""How many wrong tries are allowed within how many seconds."""
PASSWORD, PASSKEY, LOGIN = "proof_password", "credential", "proof_username"
"""The fields of this page's form; LOGIN is only for the browser's password manager."""
_LABELS = {
    "name": N_("Name"),
    "role": N_("Role"),
    "reason": N_("Reason"),
    "email": N_("E-mail"),
    "url": N_("Address"),
    "language": N_("Language"),
    "time_zone": N_("Time zone"),
    "rooms": N_("Rooms"),
    "manager": N_("Manager"),
    "kind": N_("Type"),
    "day": N_("Day"),
    "view": N_("The screen shows"),
}
"""What fields of several forms are called on pages."""
_UNIMPORTANT = re.compile(r"version|(start|end)-\d")
"""Fields that are not shown: the version of what was read, and opening hours."""
_OWN_FIELDS = (PASSWORD, PASSKEY, LOGIN, "csrf_token")


Choices = Callable[[], Mapping[str, Mapping[str, str]]]
"""Returns what the values of a form's fields are called on its page, by field and value."""
Check = Callable[..., ResponseReturnValue | None]
"""Returns the form with its errors; None: the action can be tried."""


def require_reauthentication(
    view: Callable[..., ResponseReturnValue],
    action: str,
    *,
    sends_file: bool = False,
    choices: Choices = dict,
    check: Check | None = None,
) -> Callable[..., ResponseReturnValue]:
    """Require a password or passkey before the view runs; the form's input is kept meanwhile.

    The page says what the password is for (`action`, a message id, and what the form contains),
    because somebody else may have sent the form in a browser that was left open. With `sends_file`
    the browser would stay on this page after a download, so another page then offers the file.
    `check`, which the view calls too, runs before the question, so that nobody types a password
    for a form that has to be corrected.
    """

    @wraps(view)
    def with_proof(**values: Any) -> ResponseReturnValue:
        who = account() or abort(401)
        if is_recent(who):
            return view(**values)
        if is_htmx_request():
            abort(403)
        if PASSWORD not in request.form:
            with suppress(NotFound):  # the view itself answers that, after the proof
                if check is not None and (form_again := check(**values)) is not None:
                    return form_again
            return _render_question(action, choices)
        if wait_s := count_try(who.id):
            return too_many(wait_s)
        if not _is_account_owner(who):
            wrong = _("That is not correct for this account. Try again.")
            return _render_question(action, choices, wrong)
        reset_tries(who.id)
        with context().database.write() as db:
            sign_ins.record_proof(db, sessions.sign_in_secret() or "", at=context().clock())
        return _render("file_ready.html", choices) if sends_file else view(**values)

    return with_proof


def is_recent(who: SignedIn) -> bool:
    """Return whether the account has proved itself on this device in the last five minutes."""
    return who.proved_at is not None and context().clock() - who.proved_at < PROOF_LASTS


def _is_account_owner(who: SignedIn) -> bool:
    web = context()
    answer, party = request.form.get(PASSKEY, ""), passkeys.relying_party()
    if answer and party is not None:
        try:
            with web.database.write() as db:
                proved = keys.authenticate(db, passkeys.pop_step(), answer, party, now=web.clock())
                return proved.id == who.id
        except Invalid:
            return False
    return sign_ins.is_password(web.database, who.id, request.form[PASSWORD])


def count_try(account_id: str) -> int:
    """Count a try of the account's own password or passkey, and return the seconds to wait.

    A device that the account knows has its own count, so that wrong guesses elsewhere, in a session
    that somebody opened through the provider, do not lock out the owner.
    """
    return _try_limit().take(account_id, known_devices.id_for_account(account_id))


def reset_tries(account_id: str) -> None:
    """Forget the counted tries after a correct answer."""
    _try_limit().forget(account_id, known_devices.id_for_account(account_id))


def _try_limit() -> TryLimit:
    new_limit = TryLimit("reauthentication", TRIES, WINDOW_S, context().live)
    limit: TryLimit = current_app.extensions.setdefault("reauthentication tries", new_limit)
    return limit


def _render_question(action: str, choices: Choices, wrong: str = "") -> ResponseReturnValue:
    back = form_address().partition("?")[0]
    texts = {
        "what": gettext(action),
        "about": _subject(),
        "wrong": wrong,
        "party": passkeys.relying_party(),
        "provider": _provider(),
        "back": back,
    }
    return _render("reauthentication.html", choices, **texts), 403


def _render(template: str, choices: Choices, **values: Any) -> str:
    """Return a page with the fields of the form that is to be sent after the proof."""
    texts = choices()
    pending_fields = [
        field for field in request.form.items(multi=True) if field[0] not in _OWN_FIELDS
    ]
    shown = [
        (
            name,
            gettext(_LABELS[name]) if name in _LABELS else "",
            texts.get(name, {}).get(value, value),
        )
        for name, value in pending_fields
        if value and name not in SECRET_FIELDS and not _UNIMPORTANT.fullmatch(name)
    ]
    action = request.full_path.rstrip("?")
    return render_template(
        template, action=action, pending_fields=pending_fields, shown=shown, **values
    )


def _subject() -> str:
    """Return the name of the person, account or box that the address names; empty: none."""
    who, parts = account(), request.view_args or {}
    if who is None:
        return ""
    with context().database.read() as db, suppress(NotFound):
        if "member" in parts:
            return members.get(db, parts["member"], actor=who.actor).display_name
        if "key" in parts and request.blueprint == "accounts":
            return admin.get(db, parts["key"], actor=who.actor).login
    return str(parts.get("agent", ""))


def _provider() -> str:
    """Return the name of the provider by which this account can prove itself; empty: none."""
    web, who = context(), account()
    oidc = web.settings.oidc
    if who is None or not oidc.is_on:
        return ""
    with web.database.read() as db:
        return oidc.name if providers.is_linked(db, who.id, oidc.issuer or "") else ""


def too_many(wait_s: int) -> Response:
    """Return an error page that asks to wait."""
    # imported here, since it needs the frame of pages, which needs the features
    from webui import errors

    page = render_template("errors/error.html", error=errors.page(429))
    return make_response(page, 429, {"Retry-After": str(wait_s)})

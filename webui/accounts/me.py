"""One's own account: password, sessions, phone and its codes, passkeys, tokens."""

from datetime import timedelta

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.accounts import (
    accounts,
    authenticators,
    codes,
    mailed_links,
    passkeys,
    passwords,
    printed_codes,
    providers,
    second_factors,
    sign_ins,
    tokens,
)
from controller.capabilities.accounts.models import AccountRow
from controller.domain.locale.catalogue import N_
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.crypto import Sealer
from controller.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from controller.kernel.validate import parse
from webui import known_devices, only_provider, reauthentication, sessions
from webui import passkeys as browser_keys
from webui.accounts import own_tokens, role_words
from webui.accounts.account_view import token_line
from webui.accounts.me_view import MePage
from webui.browsers import browser
from webui.context import context
from webui.feature import Pages
from webui.guard import SignedIn, account, actor, is_allowed, site, site_zone
from webui.i18n import _
from webui.members.member_action import refuse
from webui.parts import Option
from webui.qr_codes import qr
from webui.undo import done_with_undo, flash_done
from webui.write_actions import SECRET, answer_errors, write_action

MAX_NAME_CHARACTERS = 80
"""Longest name of a passkey or code that is accepted, in characters."""
LENGTHS = {"month": timedelta(days=30), "half": timedelta(days=182), "year": timedelta(days=365)}
"""How long a token that is created here can last: at most a year."""
_OWN, _WRITE = Permission.OWN_DATA, Permission.OWN_WRITE

pages = Pages("me", __name__, needs_factor=False)


@pages.get("/me", _OWN)
def show() -> ResponseReturnValue:
    """Show the page of one's own account."""
    return _render_me()


@pages.post("/me/password", _OWN)
def set_password() -> ResponseReturnValue:
    """Change the password, which requires the current one; all other sessions end."""
    who, web = _signed_in(), context()
    if wait_s := reauthentication.count_try(who.id):
        return reauthentication.too_many(wait_s)
    if not sign_ins.is_password(web.database, who.id, request.form.get("old", "")):
        return _render_me(wrong={"old": _("This is not the current password.")}), 422
    reauthentication.reset_tries(who.id)
    try:
        with web.database.write() as db:
            new = request.form.get("new", "")
            accounts.set_password(db, who.id, new, actor=who.actor, now=web.clock())
            row = db.get_one(AccountRow, who.id)
            now = web.clock()
            tokens_text = own_tokens.end_if_ticked(db, who.id, now=now)
            result = sign_ins.begin(db, row, now=now, browser=browser(), proved_at=now)
    except Invalid:
        least = _("At least %(n)s characters.", n=passwords.MIN_LENGTH)
        return _render_me(wrong={"new": least}), 422
    sessions.enter(result)
    text = _("Password changed. Your other sessions have ended.")
    flash_done(f"{text} {tokens_text}".strip())
    return _redirect_back()


@pages.post("/me/sessions/<key>/end", _OWN)
def end_session(key: str) -> ResponseReturnValue:
    """Sign out one browser."""
    who = _signed_in()
    with context().database.write() as db:
        if not sign_ins.end(db, who.id, key):
            abort(404)
    if key == who.sign_in:
        sessions.end()
        return redirect(url_for("signin.sign_in"), 303)
    flash_done(_("Session ended."))
    return _redirect_back()


@pages.post("/me/sessions/end-others", _OWN)
def end_others() -> ResponseReturnValue:
    """Sign out all other browsers; only this one remains a known device."""
    who = _signed_in()
    with context().database.write() as db:
        sign_ins.sign_out_everywhere(db, who.id, but=who.sign_in)
    known_devices.remember(who.id)
    flash_done(_("All other sessions have ended."))
    return _redirect_back()


@pages.post("/me/telephone", _OWN, grave=N_("Add a phone to your account"))
def begin_telephone() -> ResponseReturnValue:
    """Create a secret for a phone; it counts once the phone's first code has been entered."""
    with write_action(
        Conflict, _("A phone has already been added. Remove it first."), _redirect_back()
    ) as (db, now):
        authenticators.begin(db, _signed_in().id, seals=_sealer(), now=now)
    return redirect(url_for("me.telephone"), 303)


@pages.get("/me/telephone", _OWN)
def telephone() -> ResponseReturnValue:
    """Show the QR code for the phone, and the field for its first code."""
    return _render_telephone()


@pages.post("/me/telephone/confirm", _OWN, grave=N_("Add a phone to your account"))
def confirm_telephone() -> ResponseReturnValue:
    """Confirm the phone with its first code, and show the recovery codes once."""
    who = _signed_in()
    if wait_s := reauthentication.count_try(who.id):
        return reauthentication.too_many(wait_s)
    with (
        answer_errors(
            Invalid,
            lambda _error: _render_telephone(_("This is not the code that your phone shows now.")),
        ),
        write_action(Conflict, lambda _error: _redirect_back()) as (db, now),
    ):
        code = request.form.get("code", "")[:MAX_NAME_CHARACTERS]
        recovery_codes = authenticators.confirm(db, code, actor=who.actor, seals=_sealer(), now=now)
    reauthentication.reset_tries(who.id)
    return _render_codes(recovery_codes)


@pages.post("/me/telephone/remove", _OWN, grave=N_("Remove the phone from your account"))
def remove_telephone() -> ResponseReturnValue:
    """Remove the phone: no code is asked for any more."""
    with context().database.write() as db:
        authenticators.remove(db, actor=_signed_in().actor, now=context().clock())
    flash_done(_("Phone removed: you are no longer asked for a code."))
    return _redirect_back()


@pages.post("/me/codes", _OWN, grave=N_("Show new recovery codes for your account"))
def new_codes() -> ResponseReturnValue:
    """Show ten new recovery codes for a lost phone; earlier ones no longer work."""
    web, who = context(), _signed_in()
    with web.database.write() as db:
        if not second_factors.has_factor(db, who.id):
            abort(400)
        recovery_codes = codes.issue_second_factor_codes(db, who.id, now=web.clock())
    return _render_codes(recovery_codes)


@pages.get("/me/passkeys/new", _OWN)
def new_passkey() -> ResponseReturnValue:
    """Show the page on which a device creates a passkey, by script, after reauthentication."""
    party = browser_keys.relying_party()
    is_recent = reauthentication.is_recent(_signed_in())
    return render_template("me/passkey.html", has_party=party is not None, is_recent=is_recent)


@pages.post("/me/passkeys/new", _OWN, grave=N_("Add a passkey to your account"))
def begin_passkey() -> ResponseReturnValue:
    """Return to the page after reauthentication."""
    return redirect(url_for("me.new_passkey"), 303)


@pages.post("/me/passkeys/ask", _OWN)
def ask_passkey() -> ResponseReturnValue:
    """Return the challenge with which this browser asks its device for a passkey."""
    party, web = browser_keys.relying_party(), context()
    if party is None:
        abort(404)
    try:
        with web.database.write() as db:
            challenge = passkeys.begin_registration(
                db, party, actor=_signed_in().actor, now=web.clock()
            )
    except Conflict:
        abort(403)
    return browser_keys.challenge_response(challenge)


@pages.post("/me/passkeys", _OWN, grave=N_("Add a passkey to your account"))
def add_passkey() -> ResponseReturnValue:
    """Store the passkey that the device created."""
    party, web = browser_keys.relying_party(), context()
    if party is None:
        abort(404)
    name = request.form.get("name", "").strip()[:MAX_NAME_CHARACTERS] or _("Passkey")
    answer = request.form.get("credential", "")
    try:
        with web.database.write() as db:
            recovery_codes = passkeys.register(
                db,
                browser_keys.pop_step(),
                answer,
                name,
                party,
                actor=_signed_in().actor,
                now=web.clock(),
            )
    except Invalid:
        refuse(_("The device sent no valid passkey. Try again."))
        return redirect(url_for("me.new_passkey"), 303)
    if recovery_codes:  # the account had none yet
        return _render_codes(recovery_codes)
    flash_done(_("Passkey added: you can sign in with it, without a password."))
    return _redirect_back()


@pages.post("/me/passkeys/<key>/remove", _OWN, grave=N_("Remove a passkey from your account"))
def remove_passkey(key: str) -> ResponseReturnValue:
    """Remove one's own passkey."""
    with context().database.write() as db:
        passkeys.remove(db, key, actor=_signed_in().actor, now=context().clock())
    flash_done(_("Passkey removed."))
    return _redirect_back()


@pages.post("/me/tokens", _WRITE, grave=N_("Create a token that acts in your name"))
def add_token() -> ResponseReturnValue:
    """Create a token with permissions and an end date, and show its secret once.

    A token works at every site of the account, so none of them may still lack a second factor or
    the link to the provider.
    """
    web, who = context(), _signed_in()
    if who.lacks_factor_at:
        abort(403)
    chosen = tuple(scope for scope in request.form.getlist("scope") if scope in _scopes())
    lasts = LENGTHS.get(request.form.get("length", ""))
    name = request.form.get("name", "").strip()
    if lasts is None:
        abort(400)
    if not chosen:
        wrong = {"scope": _("Tick at least one permission for the program.")}
        return _render_me(name, chosen, wrong), 422
    now = web.clock()
    try:
        new = parse({"name": name, "scopes": list(chosen)}, tokens.NewToken)
        with web.database.write() as db:
            token, secret = tokens.add(
                db, who.id, new.name, new.scopes, now, who.actor, Utc.of(now + lasts)
            )
    except (Invalid, Forbidden):
        return _render_me(name, chosen, {"name": _("Enter a name, on one line.")}), 422
    return render_template("me/token.html", name=token.name, secret=secret), SECRET


@pages.post("/me/tokens/<key>/revoke", _OWN)
def revoke_token(key: str) -> ResponseReturnValue:
    """Revoke one of one's own tokens."""
    with context().database.write() as db:
        account_tokens = tokens.of_account(db, _signed_in().id)
        if key not in {token.id for token in account_tokens}:
            raise NotFound("token", key)
        tokens.revoke(db, key, actor=_signed_in().actor, now=context().clock())
    text = _("Token revoked: it no longer works.")
    done_with_undo(text, "me.give_token_back", key=key)
    return _redirect_back()


@pages.post("/me/tokens/<key>/give-back", _OWN)
def give_token_back(key: str) -> ResponseReturnValue:
    """Undo the revocation of a token, which is possible for a short time."""
    with write_action(Conflict, _("Too late: create another token."), _redirect_back()) as (
        db,
        now,
    ):
        tokens.undo_revoke(db, key, actor=_signed_in().actor, now=now)
    flash_done(_("Token restored."))
    return _redirect_back()


def _signed_in() -> SignedIn:
    return account() or abort(401)


def _redirect_back() -> ResponseReturnValue:
    return redirect(url_for("me.show"), 303)


def _sealer() -> Sealer:
    return authenticators.sealer(context().secret)


def _scopes() -> tuple[str, ...]:
    """Return the scopes that a token may have here: the permissions of its account at this site."""
    roles = actor().roles[site().id]
    return tuple(
        permission
        for permission in role_words.permission_texts()
        if permission in role_words.allowed_permissions(roles)
    )


def _render_telephone(wrong: str = "") -> ResponseReturnValue:
    web, who = context(), _signed_in()
    with web.database.read() as db:
        seed = authenticators.pending_seed(db, who.id, seals=_sealer())
        row = db.get_one(AccountRow, who.id)
    if seed is None:
        return _redirect_back()
    address = authenticators.address(row, seed, web.settings.site.name)
    side, path = qr(address)
    page = render_template(
        "me/telephone.html",
        path=path,
        side=side,
        seed=" ".join(seed[at : at + 4] for at in range(0, len(seed), 4)),
        wrong=wrong,
    )
    return page, 422 if wrong else 200, SECRET


def _render_codes(codes: tuple[str, ...]) -> ResponseReturnValue:
    return render_template("me/codes.html", codes=codes, login=_signed_in().login), SECRET


def _render_me(
    name: str = "", chosen: tuple[str, ...] = (), wrong: dict[str, str] | None = None
) -> str:
    who, web, zone = _signed_in(), context(), site_zone()
    now, words = web.clock(), role_words.permission_texts()
    with web.database.read() as db:
        own_sign_ins = sign_ins.of_account(db, who.id, now=now)
        keys = passkeys.of_account(db, who.id)
        factors = second_factors.factors_of(db, [who.id]).get(who.id, frozenset())
        account_tokens = tokens.of_account(db, who.id)
        working = tokens.count_working(db, who.id, now=now)
        is_seed_pending = authenticators.pending_seed(db, who.id, seals=_sealer()) is not None
        linked = providers.of_account(db, who.id)
        code_made = printed_codes.made_at(db, who.id)
        row = db.get_one(AccountRow, who.id)
        recovery, is_confirmed = mailed_links.address_of(row), row.confirmed_email is not None
    oidc = web.settings.oidc
    waits = only_provider.is_on() and not linked and not only_provider.is_recovery(who.login)
    page = MePage(
        login=who.login,
        recovery=recovery or "",
        is_confirmed=is_confirmed,
        has_mail=web.settings.mail.is_on,
        is_asked=site().id in who.lacks_factor_at and not waits,
        code_made=code_made,
        provider=oidc.name if oidc.is_on else "",
        waits_for_provider=waits,
        linked=linked,
        has_phone="authenticator" in factors,
        has_begun=is_seed_pending,
        sign_ins=sorted(own_sign_ins, key=lambda sign_in: sign_in.id != who.sign_in),
        own_sign_in=who.sign_in,
        keys=keys,
        tokens=tuple(token_line(token, "", now, zone) for token in account_tokens),
        working_tokens=working,
        may_make=is_allowed(_WRITE),
        may_make_tokens=is_allowed(_WRITE) and not who.lacks_factor_at,
        scopes=tuple(Option(value=scope, text=words[scope]) for scope in _scopes()),
        lengths=(
            Option(value="month", text=_("a month")),
            Option(value="half", text=_("six months")),
            Option(value="year", text=_("a year")),
        ),
        name=name,
        chosen=chosen,
        length=request.form.get("length", "year"),
        wrong=wrong,
    )
    return render_template("me/me.html", page=page, wrong=wrong or {})

"""Sign in with an OpenID Connect provider, link an account to it, or reauthenticate through it."""

import logging
import secrets
from collections.abc import Mapping
from dataclasses import asdict
from secrets import compare_digest
from typing import Any

from flask import abort, current_app, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.accounts import providers, sign_ins
from controller.capabilities.accounts.providers import Identity, Proof, ProofRequired
from controller.domain.locale.catalogue import N_
from controller.domain.time import Utc
from controller.integrations.oidc.problems import Problem, ProviderProblem
from controller.integrations.oidc.provider import PendingSignIn, Person, Provider
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.kernel.errors import Conflict
from controller.kernel.jsontypes import to_json
from controller.kernel.mapping import to_shape
from controller.kernel.validate import parse
from webui import known_devices, reauthentication, sessions
from webui import passkeys as browser_keys
from webui.accounts.signin import tries
from webui.addresses import safe_address
from webui.browsers import browser
from webui.context import context
from webui.feature import Pages
from webui.guard import SignedIn, account, site
from webui.i18n import _, pgettext
from webui.integration import Health
from webui.limits import counted_address
from webui.members.member_action import refuse
from webui.reauthentication import too_many
from webui.undo import flash_done

PENDING_KEY = "provider"
"""Session key of the sign-in that was begun in this browser; it is removed when the answer
comes."""
LINKING, LINKED = "provider_link", "provider_identity"
"""Session keys of the value that protects the link page, and of the identity to be linked."""
SIGN_IN, SIGN_IN_ANEW, LINK, REAUTHENTICATION = (
    "sign_in",
    "sign_in_anew",
    "link",
    "reauthentication",
)
"""Purposes of a redirect to the provider: sign in, sign in with a fresh login there, link an
account, reauthenticate."""
MAX_PARAMETER_CHARACTERS = 4000
"""Longest parameter of the provider's answer that is kept, in characters."""
_OWN = Permission.OWN_DATA

pages = Pages("provider", __name__)
own = Pages("linked", __name__, needs_factor=False)
_log = logging.getLogger(__name__)


def health(_db: Session, _site: str, _now: Utc) -> Health:
    """Return whether a provider is set up; whether it answers is only seen at a sign-in."""
    settings = context().settings.oidc
    if not settings.is_on:
        return Health(look="off", word=_("Not used"))
    return Health(
        look="running",
        word=pgettext("service", "Connected"),
        detail=f"{settings.name} · {settings.issuer}",
    )


@pages.get("/sign-in/provider", None)
def go() -> ResponseReturnValue:
    """Redirect to the provider.

    Without a session this signs in; with one it reauthenticates, or links the account when it
    comes from the page that proposes this.
    """
    next_page, who = safe_address(request.args.get("next")), account()
    device = known_devices.id_for_anybody()
    if wait_s := tries().take_beginning(counted_address(request.remote_addr), device):
        return too_many(wait_s)
    if who is not None and "link" in request.args:
        if not (_is_from_page(request.args["link"]) and reauthentication.is_recent(who)):
            return redirect(url_for("linked.ask_to_link"), 303)
        return _redirect_to_provider(LINK, next_page)
    return _redirect_to_provider(SIGN_IN if who is None else REAUTHENTICATION, next_page)


@pages.get("/sign-in/provider/back", None)
def back() -> ResponseReturnValue:
    """Handle the provider's redirect back."""
    if not _is_on():
        abort(404)
    pending = _pop_sign_in(request.args.get("state", ""))
    if pending is None:
        return _error_page(_("That took too long, or has already been done. Start again."))
    purpose, next_page = str(pending.pop("purpose", "")), safe_address(pending.pop("next", ""))
    answer = {name: value[:MAX_PARAMETER_CHARACTERS] for name, value in request.args.items()}
    try:
        person = _provider().finish(
            PendingSignIn(url="", **pending), answer, again=purpose != SIGN_IN
        )
    except ProviderProblem as problem:
        _log.warning("sign-in by the provider: %s", problem)
        return _error_page(problem_texts()[problem.problem], problem.detail)
    if purpose in (SIGN_IN, SIGN_IN_ANEW):
        return _sign_in(person, next_page, was_anew=purpose == SIGN_IN_ANEW)
    who = account()
    if who is None:
        return redirect(url_for("signin.sign_in", next=next_page), 303)
    if purpose == LINK and person.asked_at is not None:
        session[LINKED] = to_json(to_shape(person, Identity))
        return redirect(url_for("linked.show_identity"), 303)
    return _reauthenticate(who, person, next_page)


@own.get("/me/provider", _OWN)
def ask_to_link() -> ResponseReturnValue:
    """Show the page that leads to the provider to link one's account, after reauthentication."""
    name = context().settings.oidc.name if _is_on() else ""
    link_value = ""
    if reauthentication.is_recent(_signed_in()):
        link_value = session[LINKING] = secrets.token_urlsafe(16)
    return render_template("linked/provider.html", name=name, link=link_value)


@own.post("/me/provider", _OWN, grave=N_("Link your account to another identity"))
def may_link() -> ResponseReturnValue:
    """Return to the page after reauthentication."""
    return redirect(url_for("linked.ask_to_link"), 303)


@own.get("/me/provider/identity", _OWN)
def show_identity() -> ResponseReturnValue:
    """Show which identity came back from the provider, before it is linked to this account."""
    identity = session.get(LINKED)
    if not isinstance(identity, dict) or not _is_on():
        return ask_to_link()
    name = context().settings.oidc.name
    return render_template("linked/provider.html", name=name, identity=identity["shown"])


@own.post("/me/provider/identity", _OWN, grave=N_("Link your account to another identity"))
def link() -> ResponseReturnValue:
    """Link the identity: it can sign in to this account from now on."""
    to_link = session.pop(LINKED, None)
    if not isinstance(to_link, dict):
        return redirect(url_for("linked.ask_to_link"), 303)
    web = context()
    name = web.settings.oidc.name
    try:
        with web.database.write() as db:
            identity, actor = parse(to_link, Identity), _signed_in().actor
            site_id, now = site().id, web.clock()
            providers.link(db, identity, provider=name, site_id=site_id, actor=actor, now=now)
    except Conflict:
        refuse(_("This identity is already linked to another account. Remove it there first."))
    else:
        flash_done(_("Account linked: you can now sign in with %(name)s.", name=name))
    return redirect(url_for("me.show"), 303)


@own.post("/me/provider/unlink", _OWN, grave=N_("Remove the link to an identity from your account"))
def unlink() -> ResponseReturnValue:
    """Remove the link: the provider can no longer sign in to this account."""
    web = context()
    with web.database.write() as db:
        issuer = request.form.get("issuer", "")[:400]
        providers.unlink(db, issuer, actor=_signed_in().actor, now=web.clock())
    flash_done(_("Link removed: you can no longer sign in to this account that way."))
    return redirect(url_for("me.show"), 303)


def _is_from_page(link: str) -> bool:
    """Return whether the value is the one that the link page got; a right one counts once.

    A wrong one leaves the stored value, so that a link from elsewhere spoils nothing.
    """
    if not link or not compare_digest(str(session.get(LINKING, "")).encode(), link.encode()):
        return False
    del session[LINKING]
    return True


def _pop_sign_in(state: str) -> dict[str, Any] | None:
    """Return and remove the sign-in that was begun here with this state; None if there is none.

    A link from elsewhere with another state ends nothing.
    """
    pending = session.get(PENDING_KEY)
    if not isinstance(pending, dict) or not compare_digest(
        pending["state"].encode(), state.encode()
    ):
        return None
    del session[PENDING_KEY]
    return pending


def _redirect_to_provider(purpose: str, next_page: str) -> ResponseReturnValue:
    if not _is_on():
        abort(404)
    try:
        pending = _provider().begin(again=purpose != SIGN_IN)
    except ProviderProblem as problem:
        _log.warning("sign-in by the provider: %s", problem)
        return _error_page(problem_texts()[problem.problem], problem.detail)
    state: dict[str, Any] = asdict(pending)
    url = state.pop("url")
    session[PENDING_KEY] = state | {"purpose": purpose, "next": next_page}
    return redirect(url, 303)


def _sign_in(person: Person, next_page: str, *, was_anew: bool) -> ResponseReturnValue:
    web = context()
    try:
        with web.database.write() as db:
            result = providers.sign_in(
                db,
                issuer=person.issuer,
                subject=person.subject,
                proves_two_factors=web.settings.oidc.proves_two_factors,
                proof=_proof(person),
                now=web.clock(),
                browser=browser(),
            )
    except ProofRequired:  # the provider reused an open session, so it has to ask the person again
        return (
            _error_page(problem_texts()[Problem.NOT_NOW])
            if was_anew
            else _redirect_to_provider(SIGN_IN_ANEW, next_page)
        )
    if result is None:
        text = _(
            "%(name)s recognised you, but no account here is linked to you. Sign in as usual, "
            "then link your account in “My account”. If you have no account, ask for an "
            "invitation.",
            name=web.settings.oidc.name,
        )
        return _error_page(text)
    if isinstance(result, sign_ins.PendingSecondFactor):
        session[browser_keys.STEP] = result.secret
        return redirect(url_for("signin.ask_code", next=next_page), 303)
    sessions.enter(result)
    return redirect(next_page, 303)


def _reauthenticate(who: SignedIn, person: Person, next_page: str) -> ResponseReturnValue:
    web = context()
    with web.database.write() as db:
        issuer, subject = person.issuer, person.subject
        if providers.account_of_identity(db, issuer, subject) != who.id:
            return _error_page(_("This identity is not linked to this account."))
        proof = _proof(person)
        at = providers.prove(db, who.id, issuer=issuer, subject=subject, proof=proof)
        if at is None:
            return _error_page(problem_texts()[Problem.NOT_NOW])
        sign_ins.record_proof(db, sessions.sign_in_secret() or "", at=at)
    flash_done(_("You have confirmed that it is you. Now repeat the action."))
    return redirect(next_page, 303)


def _proof(person: Person) -> Proof | None:
    if person.proved_at is None or person.asked_at is None:
        return None
    return Proof(at=person.proved_at, asked_at=person.asked_at)


def _error_page(text: str, message: str = "") -> ResponseReturnValue:
    name = context().settings.oidc.name
    page = render_template("provider/wrong.html", text=text, said=message, name=name)
    return page, 403


def _signed_in() -> SignedIn:
    return account() or abort(401)


def _is_on() -> bool:
    return context().settings.oidc.is_on


def _provider() -> Provider:
    """Return this application's provider client, which caches the provider's metadata."""
    provider: Provider | None = current_app.extensions.get("oidc provider")
    if provider is None:
        settings = context().settings
        uri = settings.web.public_url.rstrip("/") + url_for("provider.back")
        provider = Provider(settings.oidc, uri, now_s=lambda: context().clock().timestamp())
        current_app.extensions["oidc provider"] = provider
    return provider


# Explains what went wrong with the provider, and what to do about it.


def problem_texts() -> Mapping[Problem, str]:
    """Return the text for each problem of a sign-in."""
    return {
        Problem.AWAY: _("The identity provider does not answer. Try again in a while."),
        Problem.OTHER_ISSUER: _(
            "The provider’s name differs from the one in config.toml. Check “issuer”."
        ),
        Problem.NOT_SAFE: _(
            "One of the provider’s addresses does not use https: nothing is sent to it."
        ),
        Problem.CLIENT: _(
            "The provider does not know Loquet, or rejects its secret or return address. Check "
            "“client_id”, “client_secret_file” and what is declared at the provider."
        ),
        Problem.DECLINED: _("The provider refused, or you cancelled."),
        Problem.CODE: _(
            "The sign-in with the provider took too long, or has been used. Start again."
        ),
        Problem.TOKEN: _(
            "The provider’s answer is not signed by it, or is not for this sign-in. Nobody has "
            "been signed in."
        ),
        Problem.NOT_NOW: _("The provider did not confirm again who you are. Enter the password."),
    }

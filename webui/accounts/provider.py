"""Sign in by the provider, link an account to it, and show by it once more that it is them."""

import logging
from dataclasses import asdict
from typing import Any

from flask import abort, current_app, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.accounts import providers, sign_ins
from controller.domain.time import Utc
from controller.integrations.oidc.problems import ProviderProblem
from controller.integrations.oidc.provider import Begun, Person, Provider
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.kernel.errors import Conflict
from webui import known_devices, second_look, sessions
from webui import passkeys as browser_keys
from webui.accounts.provider_words import texts
from webui.accounts.signin import tries
from webui.addresses import inside
from webui.browsers import browser
from webui.context import context
from webui.guard import SignedIn, account
from webui.i18n import _
from webui.integration import Health
from webui.limits import origin
from webui.members.acting import refuse
from webui.room import Pages
from webui.second_look import too_many
from webui.undo import done

BEGUN = "provider"
"""In the cookie: what was begun in this browser; taken out by whoever comes back, once."""
SIGN_IN, LINK, LOOK = "sign_in", "link", "look"
LONGEST = 4000
_OWN = Permission.OWN_DATA

pages = Pages("provider", __name__)
own = Pages("linked", __name__, needs_factor=False)
_log = logging.getLogger(__name__)


def health(_db: Session, _site: str, _now: Utc) -> Health:
    """Whether people are sent to one; whether it answers is seen when somebody signs in."""
    settings = context().settings.oidc
    if not settings.is_on:
        return Health(look="off", word=_("Pas utilisé"), said=_("Se règle dans config.toml."))
    return Health(look="running", word=_("Relié"), said=f"{settings.name} · {settings.issuer}")


@pages.get("/sign-in/provider", None)
def go() -> ResponseReturnValue:
    """To the provider, to sign in; for who is signed in, to show again that it is them, or, after
    a look of the last minutes, to link their account."""
    wanted, who = inside(request.args.get("next")), account()
    device = known_devices.of_anybody()
    if wait_s := tries().take_from(origin(request.remote_addr), device):
        return too_many(wait_s)
    if who is not None and "link" in request.args:
        is_them = second_look.is_recent(who)
        return _go(LINK, wanted) if is_them else redirect(url_for("linked.ask_to_link"), 303)
    return _go(SIGN_IN if who is None else LOOK, wanted)


@pages.get("/sign-in/provider/back", None)
def back() -> ResponseReturnValue:
    """From the provider, with what it says."""
    begun = session.pop(BEGUN, None)
    if not _is_on():
        abort(404)
    if not isinstance(begun, dict):
        return _wrong(_("C’était trop long, ou c’est déjà fait : recommencez."))
    purpose, wanted = str(begun.pop("purpose", "")), inside(begun.pop("next", ""))
    answer = {name: value[:LONGEST] for name, value in request.args.items()}
    try:
        person = _provider().finish(Begun(url="", **begun), answer, again=purpose == LOOK)
    except ProviderProblem as problem:
        _log.warning("sign-in by the provider: %s", problem)
        return _wrong(texts()[problem.problem], problem.said)
    tries().give_back(origin(request.remote_addr), known_devices.of_anybody())
    if purpose == SIGN_IN:
        return _sign_in(person, wanted)
    who = account()
    if who is None:
        return redirect(url_for("signin.sign_in", next=wanted), 303)
    return _link(who, person) if purpose == LINK else _look(who, person, wanted)


@own.get("/me/provider", _OWN)
def ask_to_link() -> ResponseReturnValue:
    """Before one is sent to the provider to link one's account: that it is them."""
    name = context().settings.oidc.name if _is_on() else ""
    return render_template("linked/provider.html", name=name, is_them=second_look.is_recent(_who()))


@own.post("/me/provider", _OWN, grave=True)
def may_link() -> ResponseReturnValue:
    """It is them."""
    return redirect(url_for("linked.ask_to_link"), 303)


@own.post("/me/provider/unlink", _OWN, grave=True)
def unlink() -> ResponseReturnValue:
    """The provider opens this account no more."""
    given = context()
    with given.database.write() as db:
        issuer = request.form.get("issuer", "")[:400]
        providers.unlink(db, issuer, actor=_who().actor, now=given.clock())
    done(_("Lien retiré : ce compte ne s’ouvre plus par là."))
    return redirect(url_for("me.show"), 303)


def _go(purpose: str, wanted: str) -> ResponseReturnValue:
    if not _is_on():
        abort(404)
    try:
        begun = _provider().begin(again=purpose == LOOK)
    except ProviderProblem as problem:
        _log.warning("sign-in by the provider: %s", problem)
        return _wrong(texts()[problem.problem], problem.said)
    kept: dict[str, Any] = asdict(begun)
    url = kept.pop("url")
    session[BEGUN] = kept | {"purpose": purpose, "next": wanted}
    return redirect(url, 303)


def _sign_in(person: Person, wanted: str) -> ResponseReturnValue:
    given = context()
    with given.database.write() as db:
        passed = providers.sign_in(
            db,
            issuer=person.issuer,
            subject=person.subject,
            proves_two_factors=given.settings.oidc.proves_two_factors,
            proved_at=person.proved_at,
            now=given.clock(),
            browser=browser(),
        )
    if passed is None:
        no = _(
            "%(name)s vous connaît, mais aucun compte d’ici n’est lié à vous. Connectez-vous comme "
            "d’habitude, puis liez-le sur « Mon compte » ; sans compte, demandez une invitation.",
            name=given.settings.oidc.name,
        )
        return _wrong(no)
    if isinstance(passed, sign_ins.Halfway):
        session[browser_keys.STEP] = passed.secret
        return redirect(url_for("signin.ask_code", next=wanted), 303)
    sessions.enter(passed)
    return redirect(wanted, 303)


def _link(who: SignedIn, person: Person) -> ResponseReturnValue:
    given = context()
    if not second_look.is_recent(who):
        return redirect(url_for("linked.ask_to_link"), 303)
    try:
        with given.database.write() as db:
            providers.link(
                db,
                issuer=person.issuer,
                subject=person.subject,
                shown=person.shown,
                actor=who.actor,
                now=given.clock(),
            )
    except Conflict:
        refuse(_("Cette identité ouvre déjà un autre compte. Retirez-la d’abord là-bas."))
    else:
        done(_("Compte lié : %(name)s l’ouvre désormais.", name=given.settings.oidc.name))
    return redirect(url_for("me.show"), 303)


def _look(who: SignedIn, person: Person, wanted: str) -> ResponseReturnValue:
    given = context()
    with given.database.write() as db:
        if providers.whose(db, person.issuer, person.subject) != who.id:
            return _wrong(_("Ce n’est pas l’identité qui ouvre ce compte."))
        if person.proved_at is not None:
            sign_ins.prove(db, sessions.sign_in_secret() or "", at=person.proved_at)
    done(_("C’est bien vous. Refaites maintenant le geste."))
    return redirect(wanted, 303)


def _wrong(text: str, said: str = "") -> ResponseReturnValue:
    name = context().settings.oidc.name
    page = render_template("provider/wrong.html", text=text, said=said, name=name)
    return page, 403


def _who() -> SignedIn:
    return account() or abort(401)


def _is_on() -> bool:
    return context().settings.oidc.is_on


def _provider() -> Provider:
    """The one of this application, with what it has told of itself."""
    found: Provider | None = current_app.extensions.get("oidc provider")
    if found is None:
        settings = context().settings
        uri = settings.web.public_url.rstrip("/") + url_for("provider.back")
        found = Provider(settings.oidc, uri, now_s=lambda: context().clock().timestamp())
        current_app.extensions["oidc provider"] = found
    return found

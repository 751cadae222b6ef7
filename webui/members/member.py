"""One member's page, and what can be done there: give, suspend, restore; badges."""

from collections.abc import Callable

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.badges import credentials
from controller.capabilities.badges.shapes import NewCredential
from controller.capabilities.training import member_certifications
from controller.capabilities.training.shapes import Grant, Held
from controller.domain.facts import Level
from controller.domain.ids import parse_credential_id
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.kernel.errors import Conflict, Forbidden, Invalid, NotFound, ServiceError
from webui.context import context
from webui.guard import actor
from webui.i18n import _
from webui.members.member_read import Wrong, known_here, read_member
from webui.room import Pages

LONGEST_REASON = 300

pages = Pages("member", __name__)


@pages.get("/members/<member>", Permission.MEMBERS_READ)
def show(member: str) -> ResponseReturnValue:
    """The whole page."""
    return _render(member)


@pages.post("/members/<member>/certify", Permission.MEMBERS_READ)
def give(member: str) -> ResponseReturnValue:
    """Give a certification at a level; whether this person may, the service says."""
    try:
        new = Grant(level=Level(request.form.get("level", "")), reason=_reason("reason"))
    except ValueError:
        abort(400)
    key = request.form.get("certification", "")
    return _change(
        member,
        lambda db, now: member_certifications.grant(db, member, key, new, actor=actor(), now=now),
        _("Habilitation donnée. Elle vaut dès le prochain badge."),
    )


@pages.post("/members/<member>/certifications/<certification>/<deed>", Permission.MEMBERS_READ)
def change_held(member: str, certification: str, deed: str) -> ResponseReturnValue:
    """Suspend or restore a certification, with a reason."""
    deeds: dict[str, Callable[..., Held]] = {
        "suspend": member_certifications.suspend,
        "restore": member_certifications.restore,
    }
    reason = _reason(f"reason-{certification}")
    if deed not in deeds:
        abort(404)
    if reason is None:
        flash(_("Dites pourquoi : le motif est gardé avec votre nom."), "wrong")
        return redirect(url_for("member.show", member=member), 303)
    return _change(
        member,
        lambda db, now: deeds[deed](db, member, certification, reason, actor=actor(), now=now),
        _("Habilitation suspendue.") if deed == "suspend" else _("Habilitation rétablie."),
    )


@pages.post("/members/<member>/badges", Permission.CREDENTIALS_WRITE)
def enrol(member: str) -> ResponseReturnValue:
    """Give a badge by its number."""
    value = request.form.get("value", "").strip()
    try:
        parse_credential_id(value)
    except ValueError:
        return _render(member, Wrong(value, _("Ce n’est pas un numéro de badge."))), 422
    new = NewCredential(member_id=member, value=value)
    vault = context().vault
    return _change(
        member,
        lambda db, now: credentials.create(db, new, vault=vault, actor=actor(), now=now),
        _("Badge ajouté. Il marche dès maintenant."),
    )


@pages.post("/members/<member>/badges/<key>/<deed>", Permission.CREDENTIALS_WRITE)
def change_badge(member: str, key: str, deed: str) -> ResponseReturnValue:
    """Suspend a badge, mark it lost, or restore it."""
    deeds: dict[str, tuple[Callable[..., object], str]] = {
        "suspend": (credentials.suspend, _("Badge suspendu.")),
        "lost": (credentials.lost, _("Badge perdu : il n’ouvre plus rien.")),
        "restore": (credentials.restore, _("Badge rétabli.")),
    }
    if deed not in deeds:
        abort(404)
    service, done = deeds[deed]

    def change(db: Session, now: Utc) -> None:
        if credentials.get(db, key, actor=actor()).member_id != member:
            raise NotFound("credential", key)
        service(db, key, actor=actor(), now=now)

    return _change(member, change, done)


def _reason(field: str) -> str | None:
    return request.form.get(field, "").strip()[:LONGEST_REASON] or None


def _change(
    member: str, service: Callable[[Session, Utc], object], done: str
) -> ResponseReturnValue:
    """Run a service in a transaction, say how it went, and show the person again."""
    given = context()
    try:
        with given.database.write() as db:
            known_here(db, member)
            service(db, given.clock())
    except NotFound:
        abort(404)
    except ServiceError as error:
        flash(_refusal(error), "wrong")
    else:
        flash(done, "done")
    return redirect(url_for("member.show", member=member), 303)


def _refusal(error: ServiceError) -> str:
    """Why a service refused, in the page's language."""
    if isinstance(error, Forbidden):
        return _("Votre rôle ne le permet pas. Un formateur ou un responsable peut le faire.")
    if isinstance(error, Invalid) and any(each.field == "reason" for each in error.errors):
        return _("C’est la première personne à former pour cette habilitation : dites pourquoi.")
    if isinstance(error, Conflict):
        return _("C’est déjà fait, ou ce badge est à quelqu’un d’autre. Rechargez la page.")
    return _("Ce n’est pas possible ainsi. Rechargez la page et réessayez.")


def _render(member: str, wrong: Wrong | None = None) -> str:
    try:
        page = read_member(member, chosen=request.args.get("give", ""), wrong=wrong)
    except NotFound:
        abort(404)
    return render_template("members/member.html", page=page)

"""Setup: from an empty place to the first granted tap; left and resumed at any moment."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.access import explain
from controller.capabilities.agents.shapes import ClaimCode
from controller.capabilities.machines.kinds import kinds
from controller.capabilities.machines.shapes import Explained
from controller.capabilities.places import sites, zones
from controller.capabilities.places.models import ZoneRow
from controller.capabilities.places.shapes import NewZone
from controller.capabilities.setup import first_steps
from controller.capabilities.setup.progress import Progress, SetupStep, progress
from controller.domain.facts import PointKind
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.kernel.errors import Conflict, Forbidden, Invalid, ServiceError
from controller.kernel.shapes import Label
from controller.kernel.slugs import unused_slug
from controller.kernel.validate import parse
from controller.kernel.words import languages
from webui.agents.broker_side import authority
from webui.agents.pages import read_joining
from webui.context import context
from webui.guard import actor, allowed, is_part, site
from webui.i18n import _, current, name_of
from webui.machines.machine_read import Asked, read_machine
from webui.machines.pages import kind_options
from webui.naming import read_label
from webui.parts import Option
from webui.room import Nav, NavGroup, Pages
from webui.setup.views import SetupPage, TapView, step_lines, titles
from webui.undo import done

pages = Pages("setup", __name__)


@pages.get(
    "/setup",
    Permission.RULES_WRITE,
    nav=Nav(icon="list-checks", text=lambda: _("Mise en route"), group=NavGroup.PLACE, place=80),
)
def show() -> ResponseReturnValue:
    """The step that is open, or the one that the address names."""
    found = _read()
    named = request.args.get("step")
    if named is not None and named not in tuple(SetupStep):
        abort(404)
    step = SetupStep(named) if named else found.current or SetupStep.TAP
    return _page(found, step)


@pages.get("/setup/tap", Permission.RULES_WRITE)
def tap() -> ResponseReturnValue:
    """What the first tap is answered; for htmx, again and again."""
    found = _read()
    if not is_part():
        return _page(found, SetupStep.TAP)
    return render_template("setup/tap.html", tap=_tap(found))


@pages.post("/setup/place", Permission.RULES_WRITE)
def place() -> ResponseReturnValue:
    """Its name and language."""

    def change(db: Session, found: Progress, now: Utc) -> None:
        language = request.form.get("language", "")
        patch = {"name": {language: _text("name")}, "language": language}
        at = found.site
        sites.change(db, at.id, patch, version=at.version, actor=actor(), now=now)

    return _do(SetupStep.PLACE, change)


@pages.post("/setup/zone", Permission.RULES_WRITE)
def zone() -> ResponseReturnValue:
    """The first room."""

    def change(db: Session, found: Progress, now: Utc) -> None:
        name = _label(found)
        key = unused_slug(db, ZoneRow, read_label(name))
        zones.create(db, NewZone(id=key, site_id=found.site.id, name=name), actor=actor(), now=now)

    return _do(SetupStep.ZONE, change)


@pages.post("/setup/machine", Permission.RULES_WRITE)
def machine() -> ResponseReturnValue:
    """The first machine, from a kind."""
    kind = next((each for each in kinds() if each.id == request.form.get("kind")), None)

    def change(db: Session, found: Progress, now: Utc) -> None:
        if kind is None:
            raise Invalid.of("kind", "required")
        learnt = request.form.get("learnt") == "yes"
        first_steps.add_machine(
            db, kind, _label(found), learnt=learnt, site_id=found.site.id, actor=actor(), now=now
        )

    return _do(SetupStep.MACHINE, change)


@pages.post("/setup/agent", Permission.RULES_WRITE)
def agent() -> ResponseReturnValue:
    """The line that its Pi needs, shown once."""
    made: list[ClaimCode] = []

    def change(db: Session, found: Progress, now: Utc) -> None:
        name = found.agent.name if found.agent else _label(found)
        signs = authority(context())
        made.append(
            first_steps.claim_agent(
                db, found, name, fingerprint16=signs.fingerprint16, actor=actor(), now=now
            )
        )

    answer = _do(SetupStep.AGENT, change)
    if not made:
        return answer
    shown = _page(_read(), SetupStep.AGENT, made[0])
    return shown, {"Cache-Control": "no-store"}


@pages.post("/setup/person", Permission.RULES_WRITE)
def person() -> ResponseReturnValue:
    """Somebody with a badge and a subscription."""

    def change(db: Session, found: Progress, now: Utc) -> None:
        plan = parse({found.site.language.value: _text("plan")}, Label)
        first_steps.add_person(
            db,
            found,
            _text("name"),
            _text("badge"),
            plan,
            vault=context().vault,
            actor=actor(),
            now=now,
        )

    return _do(SetupStep.PERSON, change)


@pages.post("/setup/certification", Permission.RULES_WRITE)
def certification() -> ResponseReturnValue:
    """What the machine asks for, given to that person."""

    def change(db: Session, found: Progress, now: Utc) -> None:
        first_steps.certify(db, found, _text("reason") or None, actor=actor(), now=now)

    return _do(SetupStep.CERTIFICATION, change)


def _read() -> Progress:
    given = context()
    with given.database.read() as db:
        return progress(db, site().id, actor=actor(), now=given.clock())


def _do(step: SetupStep, change: Callable[[Session, Progress, Utc], None]) -> ResponseReturnValue:
    """Do a step in one transaction, and go on; or show it again with what is wrong."""
    given = context()
    now = given.clock()
    try:
        with given.database.write() as db:
            change(db, progress(db, site().id, actor=actor(), now=now), now)
    except ServiceError as error:
        flash(_refusal(step, error), "wrong")
        return _page(_read(), step), 422
    if step is not SetupStep.AGENT:
        done(_("C’est fait. On peut s’arrêter là et reprendre plus tard."))
    return redirect(url_for("setup.show"), 303)


def _refusal(step: SetupStep, error: ServiceError) -> str:
    """Why, and the mend."""
    fields = {each.field for each in error.errors} if isinstance(error, Invalid) else set()
    if isinstance(error, Forbidden):
        return _("Personne ne s’habilite soi-même, et seul un administrateur nomme qui forme.")
    if "value" in fields:
        return _(
            "Ce n’est pas un numéro de badge : « uid: » et 8, 14 ou 20 chiffres hexadécimaux, "
            "ou « em: » et 10 chiffres."
        )
    if step is SetupStep.PERSON and isinstance(error, Conflict):
        return _("Ce badge est déjà à quelqu’un. Prenez-en un autre.")
    if step is SetupStep.AGENT and isinstance(error, Conflict):
        return _("Ce serveur n’inscrit aucun boîtier, ou il n’y a pas encore de machine.")
    if isinstance(error, Conflict):
        return _("Il manque une étape d’avant : revoyez celles qui ne sont pas cochées.")
    return _("Il manque un nom d’une ligne, ou un choix.")


def _text(field: str) -> str:
    return request.form.get(field, "").strip()


def _label(found: Progress) -> Label:
    return parse({found.site.language.value: _text("name")}, Label)


def _page(found: Progress, step: SetupStep, code: ClaimCode | None = None) -> str:
    zone_ = ZoneInfo(found.site.time_zone)
    lines = step_lines(found, step, zone_)
    page = SetupPage(
        steps=lines,
        step=step,
        number=list(SetupStep).index(step) + 1,
        left=sum(not each.done for each in lines),
        title=titles(found)[step],
        progress=found,
        name=read_label(found.site.name),
        zone_name=read_label(found.zone) if found.zone else "",
        machine=read_label(found.point.name) if found.point else "",
        agent=found.agent.id if found.agent else "",
        kinds=kind_options(PointKind.MACHINE),
        languages=tuple(
            Option(value=each, text=name_of(each).capitalize()) for each in languages()
        ),
        join=read_joining(found.agent.id, code)
        if step is SetupStep.AGENT and found.agent
        else None,
        point=read_machine(found.point.id, Asked())
        if step is SetupStep.COMMISSIONING and found.point
        else None,
        first_trainer=found.trainerless and allowed(Permission.ACCOUNTS_WRITE),
        tap=_tap(found) if step is SetupStep.TAP else None,
    )
    return render_template("setup/setup.html", page=page, typed=request.form, origin="setup")


def _tap(found: Progress) -> TapView:
    if found.granted_at is not None:
        return TapView(
            done=True,
            title=_("Accordé"),
            lines=(_("Le lieu marche : d’autres machines, d’autres personnes, de la même façon."),),
        )
    if found.point is None or found.person is None:
        return TapView(done=False, title=_("Il manque une étape d’avant"), lines=())
    given = context()
    with given.database.read() as db:
        told: Explained = explain.access(
            db, found.person.id, found.point.id, actor=actor(), now=given.clock()
        )
    text = told.text.fr if current() == "fr" else told.text.en
    title, *lines = text.split("\n")
    if told.granted:
        title = _("Posez le badge de %(name)s sur le lecteur", name=found.person.name)
        lines = [_("Il sera accordé : cette page le dira dans la seconde.")]
    return TapView(done=False, title=title, lines=tuple(lines))

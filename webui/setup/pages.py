"""Setup: from an empty site to the first granted tap; it can be left and resumed at any time."""

from collections.abc import Callable

from flask import abort, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.accounts import printed_codes
from controller.capabilities.agents.shapes import ClaimCode
from controller.capabilities.machines import device_commands
from controller.capabilities.machines.kinds import kinds
from controller.capabilities.places import sites
from controller.capabilities.setup import first_steps, new_place
from controller.capabilities.setup.kits import SERIAL_PORT, Reader
from controller.capabilities.setup.progress import Progress, SetupStep, progress
from controller.domain.locale.catalogue import N_
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.kernel.errors import Conflict, Forbidden, Invalid, NotFound, ServiceError
from controller.kernel.shapes import Label
from controller.kernel.validate import parse
from webui.agents.broker_side import authority
from webui.context import context
from webui.feature import Pages
from webui.guard import actor, is_allowed, is_htmx_request, site
from webui.i18n import _, plural
from webui.naming import read_label
from webui.navigation import SETTINGS, Nav
from webui.parts import CardState
from webui.request_transaction import request_transaction
from webui.setup import setup_reader
from webui.setup.hours import typed_week
from webui.setup.network_pages import count_texts
from webui.undo import flash_done
from webui.write_actions import SECRET, write_action

MAX_CHARACTERS = 300
"""Longest text of a field that is read."""

pages = Pages("setup", __name__)
Change = Callable[[Session, Progress, Utc], None]
"""Does a setup step in a transaction."""


def card_state() -> CardState:
    """Return what the site has, or how many steps are left, as the page counts them."""
    with request_transaction() as db:
        setup_progress = progress(db, site().id, actor=actor(), now=context().clock())
        counts = new_place.counts(db, [site().id], actor=actor())[site().id]
    may_code = is_allowed(Permission.ACCOUNTS_WRITE)
    steps = {step for step in SetupStep if may_code or step is not SetupStep.ADMIN}
    if steps - setup_progress.done:
        left = len({*SetupStep} - setup_progress.done)
        text = plural("%(n)s step is left", "%(n)s steps are left", left)
        return CardState(text, needs_act=True)
    return CardState(", ".join((read_label(setup_progress.site.name), *count_texts(counts))))


@pages.get(
    "/setup",
    Permission.RULES_WRITE,
    nav=Nav(
        entry=SETTINGS,
        icon="list-checks",
        text=lambda: _("Setting up"),
        also="setup install installation configuration démarrer start",
        place=10,
        card=card_state,
    ),
)
def show() -> ResponseReturnValue:
    """Show the first step that is not done, or the one that the address names."""
    progress = setup_reader.read_progress()
    requested_step = request.args.get("step")
    if requested_step is not None and requested_step not in tuple(SetupStep):
        abort(404)
    step = progress.next_step(has_code=is_allowed(Permission.ACCOUNTS_WRITE))
    step = SetupStep(requested_step) if requested_step else step
    return setup_reader.page(progress, step)


@pages.get("/setup/box", Permission.RULES_WRITE)
def box() -> ResponseReturnValue:
    """Show the three checks of the new box; htmx polls this."""
    progress = setup_reader.read_progress()
    if not is_htmx_request() or progress.point is None:
        return setup_reader.page(progress, SetupStep.AGENT)
    return render_template("setup/ticks.html", join=setup_reader.read_box(progress, None, {}))


@pages.get("/setup/badge", Permission.RULES_WRITE)
def badge() -> ResponseReturnValue:
    """Show whether the reader has read the badge; htmx polls this."""
    if not is_htmx_request():
        return setup_reader.page(setup_reader.read_progress(), SetupStep.BADGE)
    return render_template(
        "setup/read.html", read=setup_reader.read_badge(request.args.get("read", ""))
    )


@pages.get("/setup/tap", Permission.RULES_WRITE)
def tap() -> ResponseReturnValue:
    """Show the answer to the first tap; htmx polls this."""
    progress = setup_reader.read_progress()
    if not is_htmx_request():
        return setup_reader.page(progress, SetupStep.TAP)
    return render_template("setup/tapped.html", tap=setup_reader.read_tap(progress))


@pages.post("/setup/place", Permission.RULES_WRITE)
def place() -> ResponseReturnValue:
    """Save the site's name, language and time zone."""

    def change(db: Session, progress: Progress, now: Utc) -> None:
        language, at = request.form.get("language", ""), progress.site
        zone = _text("time_zone") or at.time_zone
        patch = {"name": {language: _text("name")}, "language": language, "time_zone": zone}
        sites.change(db, at.id, patch, version=at.version, actor=actor(), now=now)

    return _run_step(SetupStep.PLACE, change)


@pages.post(
    "/setup/admin",
    Permission.ACCOUNTS_WRITE,
    grave=N_("Print a code that sets a new password for your account"),
)
def admin() -> ResponseReturnValue:
    """Show a new recovery code for the reader's own account, to be printed.

    It replaces an earlier one.
    """
    # since an earlier code ends, the form must say so explicitly
    if request.form.get("make") != "yes":
        abort(400)
    with write_action() as (db, now):
        code = printed_codes.issue_for_recovery(db, actor=actor(), now=now)
    return setup_reader.page(setup_reader.read_progress(), SetupStep.ADMIN, code=code), SECRET


@pages.post("/setup/hours", Permission.RULES_WRITE)
def hours() -> ResponseReturnValue:
    """Save when the site is open, and its first plan."""

    def change(db: Session, progress: Progress, now: Utc) -> None:
        language = progress.site.language.value
        name = parse({language: _("Opening hours")}, Label)
        plan = _label(progress, "plan") if progress.plan is None else progress.plan.name
        week = () if request.form.get("always") == "yes" else typed_week(request.form)
        first_steps.open_hours(db, progress, week, name, plan, actor=actor(), now=now)

    return _run_step(SetupStep.HOURS, change)


@pages.post("/setup/machine", Permission.RULES_WRITE)
def machine() -> ResponseReturnValue:
    """Add the first machine of a kind, and the room where it is."""
    kind = next((kind for kind in kinds() if kind.id == request.form.get("kind")), None)

    def change(db: Session, progress: Progress, now: Utc) -> None:
        if kind is None:
            raise Invalid.of("kind", "required")
        new_machine = first_steps.add_machine(
            db,
            kind,
            _label(progress, "name"),
            _label(progress, "zone"),
            learnt=request.form.get("learnt") == "yes",
            site_id=progress.site.id,
            actor=actor(),
            now=now,
        )
        session[setup_reader.MACHINE] = new_machine.id

    return _run_step(SetupStep.MACHINE, change)


@pages.post(
    "/setup/agent",
    Permission.RULES_WRITE,
    grave=N_("Show the line with which a computer joins as a box"),
)
def agent() -> ResponseReturnValue:
    """Create the command line for the machine's Pi, which is shown once."""
    created: list[ClaimCode] = []
    reader = request.form.get("reader", "")

    def change(db: Session, progress: Progress, now: Utc) -> None:
        if reader not in tuple(Reader):
            raise Invalid.of("reader", "required")
        name = progress.agent.name if progress.agent else _label(progress, "name")
        code = first_steps.claim_agent(
            db,
            progress,
            name,
            Reader(reader),
            _text("port") or SERIAL_PORT,
            fingerprint16=authority(context()).fingerprint16,
            actor=actor(),
            now=now,
        )
        created.append(code)
        session[setup_reader.READER] = reader

    answer = _run_step(SetupStep.AGENT, change)
    if not created:
        return answer
    setup_progress = setup_reader.read_progress()
    return setup_reader.page(
        setup_progress, SetupStep.AGENT, line=created[0], typed=request.form
    ), SECRET


@pages.post("/setup/click", Permission.RULES_WRITE)
def click() -> ResponseReturnValue:
    """Close the machine's relay for a moment, so that it can be heard."""
    web, progress = context(), setup_reader.read_progress()
    try:
        if progress.point is None:
            raise Conflict("there is no machine yet")
        with web.database.write() as db:
            command = device_commands.pulse_switch(
                db, progress.point.id, actor=actor(), now=web.clock()
            )
    except ServiceError:
        flash(_("The box is silent, or the machine is already in service."), "wrong")
        return setup_reader.page(progress, SetupStep.AGENT), 422
    return redirect(url_for("setup.show", step="agent", click=command.id, _anchor="ticks"), 303)


@pages.post("/setup/choose", Permission.RULES_WRITE)
def choose() -> ResponseReturnValue:
    """Choose another machine to set up."""
    machine = _text("machine")
    if machine not in {thing.id for thing in setup_reader.read_progress().machines}:
        abort(400)
    session[setup_reader.MACHINE] = machine
    return redirect(url_for("setup.show"), 303)


@pages.post("/setup/read", Permission.RULES_WRITE)
def read_badge() -> ResponseReturnValue:
    """Ask the machine's reader to read the next badge."""
    web, progress = context(), setup_reader.read_progress()
    try:
        if progress.point is None:
            raise Conflict("there is no reader yet")
        with web.database.write() as db:
            command = device_commands.read_credential(
                db, progress.point.id, actor=actor(), now=web.clock()
            )
    except ServiceError:
        flash(_("The box is silent: check step 5 again. You can also type the number."), "wrong")
        return setup_reader.page(progress, SetupStep.BADGE, typed=request.form), 422
    return redirect(url_for("setup.show", step=SetupStep.BADGE.value, read=command.id), 303)


@pages.post("/setup/founder", Permission.RULES_WRITE)
def founder() -> ResponseReturnValue:
    """Add a person with a badge who is certified and trains others."""

    def change(db: Session, progress: Progress, now: Utc) -> None:
        new = first_steps.Founder(
            name=_text("name"),
            is_me=request.form.get("me") == "yes",
            read_command_id=_text("read"),
            typed_number=_text("badge"),
            reason=_text("reason") or None,
        )
        vault = context().vault
        first_steps.add_founder(db, progress, new, vault=vault, actor=actor(), now=now)

    return _run_step(SetupStep.BADGE, change)


@pages.post("/setup/certification", Permission.RULES_WRITE)
def certification() -> ResponseReturnValue:
    """Give the certification that the machine requires to the person who has a badge already."""

    def change(db: Session, progress: Progress, now: Utc) -> None:
        if progress.person is None:
            raise Conflict("there is nobody with a badge yet")
        reason = _text("reason") or None
        first_steps.certify(db, progress, progress.person.id, reason, actor=actor(), now=now)

    return _run_step(SetupStep.BADGE, change)


def _run_step(step: SetupStep, change: Change) -> ResponseReturnValue:
    """Do a step in one transaction and show the next one; on an error, show it again."""
    web = context()
    now = web.clock()
    try:
        with web.database.write() as db:
            setup_progress = progress(
                db, site().id, actor=actor(), now=now, machine=setup_reader.chosen_machine()
            )
            change(db, setup_progress, now)
    except ServiceError as error:
        flash(_refusal(step, error), "wrong")
        return setup_reader.page(setup_reader.read_progress(), step, typed=request.form), 422
    if setup_progress.point is not None:
        session.setdefault(setup_reader.MACHINE, setup_progress.point.id)
    if step is not SetupStep.AGENT:
        flash_done(_("Done. You can stop here and continue later."))
    return redirect(url_for("setup.show"), 303)


def _refusal(step: SetupStep, error: ServiceError) -> str:
    """Return why the step was refused, and what to do."""
    fields = (
        {field_error.field for field_error in error.errors} if isinstance(error, Invalid) else set()
    )
    if isinstance(error, Forbidden):
        return _("You can’t certify yourself, and only an administrator can name trainers.")
    if isinstance(error, NotFound):
        return _("That reading is too old: read the badge again.")
    if "value" in fields:
        return _("No badge was read. Tap it on the reader, or type its number.")
    if "time_zone" in fields:
        return _("This time zone does not exist. Enter one such as Europe/Paris.")
    if "port" in fields:
        return _("The port must be a path, such as /dev/serial0 or /dev/ttyUSB0.")
    if any(field.startswith("start-") for field in fields):
        return _("Each day: a start time, then a later end time; blank means closed.")
    if isinstance(error, Conflict):
        return _conflict(step)
    return _("Enter a name, on one line, and choose an option everywhere.")


def _conflict(step: SetupStep) -> str:
    if step is SetupStep.AGENT:
        return _("This server can’t enrol boxes, or there is no machine yet.")
    if step is SetupStep.BADGE:
        return _(
            "This badge already belongs to somebody, this account already has a record, or there "
            "is no subscription yet (step 3)."
        )
    return _("An earlier step is not done: see the steps without a tick.")


def _text(field: str) -> str:
    return request.form.get(field, "").strip()[:MAX_CHARACTERS]


def _label(progress: Progress, field: str) -> Label:
    return parse({progress.site.language.value: _text(field)}, Label)

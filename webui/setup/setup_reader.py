"""Reads all that the setup page shows, in the language of the request."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

from flask import render_template, request, session, url_for

from controller.capabilities.access import explain
from controller.capabilities.agents.shapes import ClaimCode
from controller.capabilities.agents.web_authority import has_authority
from controller.capabilities.machines import commands
from controller.capabilities.machines.shapes import Explained
from controller.capabilities.places.shapes import Weekly
from controller.capabilities.setup.kits import SERIAL_PORT, Reader, reader_line
from controller.capabilities.setup.progress import Progress, SetupStep, progress
from controller.domain.facts import PointKind
from controller.kernel.actor import Permission
from controller.kernel.errors import Invalid, NotFound
from controller.kernel.translation import languages
from webui.agents.pages import read_joining
from webui.context import context
from webui.guard import actor, is_allowed, site
from webui.i18n import _, name_of
from webui.machines.machine_presenter import MachineQuery, read_machine
from webui.machines.pages import kind_options
from webui.naming import read_label, read_text
from webui.parts import Option
from webui.setup.hours import shown_week
from webui.setup.joining_step import Click, JoiningStep, click_words, joining_step
from webui.setup.views import (
    MINUTES,
    NextThing,
    ReadView,
    SetupPage,
    TapView,
    step_lines,
    step_names,
    titles,
)

MACHINE = "setup_machine"
"""Session key: the machine that is being set up."""
READER = "setup_reader"
"""Session key: the reader that was chosen for it."""


def read_progress() -> Progress:
    """Return how far the setup of the site has come."""
    given = context()
    with given.database.read() as db:
        return progress(db, site().id, actor=actor(), now=given.clock(), machine=chosen_machine())


def chosen_machine() -> str | None:
    """Return the machine that was last chosen in this session, or None."""
    found = session.get(MACHINE)
    return found if isinstance(found, str) else None


def page(
    found: Progress,
    step: SetupStep,
    *,
    line: ClaimCode | None = None,
    code: str = "",
    typed: Mapping[str, str] | None = None,
) -> str:
    """Return the whole page; `line` and `code` are shown only this once."""
    typed = typed or {}
    lines = step_lines(found, step, ZoneInfo(found.site.time_zone))
    number = list(SetupStep).index(step) + 1
    shown = SetupPage(
        steps=lines,
        step=step,
        number=number,
        minutes=sum(
            MINUTES[setup_step] for setup_step in SetupStep if setup_step not in found.done
        ),
        before=list(SetupStep)[number - 2] if number > 1 else "",
        title=titles(found)[step],
        progress=found,
        name=read_label(found.site.name),
        zone_name=read_label(found.zone) if found.zone else "",
        machine=read_label(found.point.name) if found.point else "",
        machines=tuple(Option(value=machine.id, text=machine.name) for machine in found.machines),
        kinds=kind_options(PointKind.MACHINE),
        languages=tuple(
            Option(value=language, text=name_of(language).capitalize()) for language in languages()
        ),
        time_zones=tuple(sorted(available_timezones())) if step is SetupStep.PLACE else (),
        week=shown_week(typed, _weekly(found)) if step is SetupStep.HOURS else (),
        plan=read_label(found.plan.name) if found.plan else "",
        code=tuple(code.split("-")) if code else (),
        join=read_box(found, line, typed) if step is SetupStep.AGENT and found.point else None,
        point=read_machine(found.point.id, MachineQuery())
        if step is SetupStep.COMMISSIONING and found.point
        else None,
        may_print=is_allowed(Permission.ACCOUNTS_WRITE),
        first_trainer=found.trainerless and is_allowed(Permission.ACCOUNTS_WRITE),
        read=read_badge(request.values.get("read", "")),
        tap=read_tap(found) if step is SetupStep.TAP else None,
    )
    names = {step_name.value: text for step_name, text in step_names().items()}
    return render_template(
        "setup/setup.html", page=shown, typed=typed, origin="setup", step_names=names
    )


def _weekly(found: Progress) -> tuple[Weekly, ...] | None:
    """Return the hours that are in force; empty: day and night; None: not chosen yet."""
    if found.opening is not None:
        return found.opening.weekly
    return () if found.plan is not None else None


def read_box(found: Progress, line: ClaimCode | None, typed: Mapping[str, str]) -> JoiningStep:
    """Return the state of the box of the machine that is set up."""
    agent, point, given = found.agent, found.point, context()
    chosen = typed.get("reader", "") or request.args.get("reader", "")
    return joining_step(
        agent,
        read_joining(agent.id, line) if agent and line else None,
        held=agent is not None and point is not None and point.agent_id == agent.id,
        chosen=chosen,
        told=found.reader,
        before=session.get(READER, ""),
        instead=_instead(chosen, request.args.get("port", "")),
        point=point.id if point else "",
        machine=read_label(point.name) if point else "",
        now=given.clock(),
        zone=ZoneInfo(found.site.time_zone),
        click=read_click(request.values.get("click", "")),
        can_click=point is not None and not point.commissioned,
    )


def _instead(reader: str, port: str) -> str:
    """Return the configuration line for replacing the reader of a Pi that is wired already.

    An invalid port is replaced by the usual one; empty if no reader was chosen.
    """
    if "reader" not in request.args or reader not in tuple(Reader) or reader == Reader.OTHER:
        return ""
    try:
        return reader_line(Reader(reader), port or SERIAL_PORT)
    except Invalid:
        return reader_line(Reader(reader), SERIAL_PORT)


def read_click(command: str) -> Click | None:
    """Return the result of closing the relay for a moment; None: it was not requested."""
    if not command:
        return None
    given = context()
    try:
        with given.database.read() as db:
            asked = commands.get(db, command, actor=actor())
    except NotFound:
        return None
    if asked.result is None and given.clock() <= asked.expires_at:
        return Click(command=command, says=_("Listen: it clicks twice."))
    done = asked.result == "done"
    return Click(command=command, failed=not done, says=click_words(asked.reason, done=done))


def read_badge(command: str) -> ReadView:
    """Return the result of asking the reader for the next badge."""
    if not command:
        return ReadView(state="ready", says="")
    given = context()
    try:
        with given.database.read() as db:
            asked = commands.get(db, command, actor=actor())
    except NotFound:
        return ReadView(state="ready", says="")
    if asked.result == "done":
        number = str((asked.data or {}).get("credential") or "")
        says = _("Badge read: its number ends in %(end)s.", end=number[-4:] or "…")
        return ReadView(state="read", says=says, command=command)
    if asked.result is None and given.clock() <= asked.expires_at:
        return ReadView(
            state="waiting", says=_("Tap the badge on the reader now."), command=command
        )
    says = _("No badge within 30 s. Try again, laying it flat on the reader.")
    return ReadView(state="failed", says=says)


def _next(found: Progress) -> Iterator[NextThing]:
    """Yield what this account can do next."""
    if is_allowed(Permission.ACCOUNTS_WRITE):
        yield NextThing(
            address=url_for("backups.show"),
            name=_("Back the place up"),
            why=_("To a disk or a server, every night, and verified at once."),
        )
    if is_allowed(Permission.ACCOUNTS_READ):
        yield NextThing(
            address=url_for("accounts.show"),
            name=_("Invite the team"),
            why=_("Give each person an account and a role, such as trainer or front desk."),
        )
    if is_allowed(Permission.CERTIFY):
        yield NextThing(
            address=url_for("imports.show"),
            name=_("Import members"),
            why=_("From a spreadsheet or another program, with a trial run that saves nothing."),
        )
    if found.point is not None:
        yield NextThing(
            address=url_for("machine.show", point=found.point.id),
            name=_("Wire it for real"),
            why=_(
                "A qualified electrician connects the contactor, then you repeat the commissioning."
            ),
        )
    if has_authority(Path(context().settings.site.keys)):
        yield NextThing(
            address=url_for("trust.poster"),
            name=_("Print the poster for phones"),
            why=_("With the fingerprint to compare, for people who open these pages on a phone."),
        )


def read_tap(found: Progress) -> TapView:
    """Return the answer to the first tap, or what it would be."""
    if found.granted_at is not None:
        return TapView(
            done=True,
            title=_("Granted"),
            lines=(_("The place is ready. Add other machines and people in the same way."),),
            next=tuple(_next(found)),
        )
    if found.point is None or found.person is None:
        return TapView(done=False, title=_("An earlier step is not done"), lines=())
    given = context()
    with given.database.read() as db:
        told: Explained = explain.explain_access(
            db, found.person.id, found.point.id, actor=actor(), now=given.clock()
        )
    text = read_text(told.text)
    title, *lines = text.split("\n")
    if told.granted:
        title = _("Tap %(name)s’s badge on the reader", name=found.person.name)
        lines = [_("Access will be granted: this page shows it within a second or two.")]
    return TapView(done=False, title=title, lines=tuple(lines))

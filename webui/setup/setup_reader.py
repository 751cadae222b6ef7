"""Reads the setup page, in the language of the request."""

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
    """Return the progress of the site's setup."""
    web = context()
    with web.database.read() as db:
        return progress(db, site().id, actor=actor(), now=web.clock(), machine=chosen_machine())


def chosen_machine() -> str | None:
    """Return the machine that was last chosen in this session, or None."""
    machine = session.get(MACHINE)
    return machine if isinstance(machine, str) else None


def page(
    progress: Progress,
    step: SetupStep,
    *,
    line: ClaimCode | None = None,
    code: str = "",
    typed: Mapping[str, str] | None = None,
) -> str:
    """Return the whole page; `line` and `code` are shown only this once."""
    typed = typed or {}
    lines = step_lines(progress, step, ZoneInfo(progress.site.time_zone))
    number = list(SetupStep).index(step) + 1
    setup_page = SetupPage(
        steps=lines,
        step=step,
        number=number,
        minutes=sum(
            MINUTES[setup_step] for setup_step in SetupStep if setup_step not in progress.done
        ),
        before=list(SetupStep)[number - 2] if number > 1 else "",
        title=titles(progress)[step],
        progress=progress,
        name=read_label(progress.site.name),
        zone_name=read_label(progress.zone) if progress.zone else "",
        machine=read_label(progress.point.name) if progress.point else "",
        machines=tuple(
            Option(value=machine.id, text=machine.name) for machine in progress.machines
        ),
        kinds=kind_options(PointKind.MACHINE),
        languages=tuple(
            Option(value=language, text=name_of(language).capitalize()) for language in languages()
        ),
        time_zones=tuple(sorted(available_timezones())) if step is SetupStep.PLACE else (),
        week=shown_week(typed, _weekly(progress)) if step is SetupStep.HOURS else (),
        plan=read_label(progress.plan.name) if progress.plan else "",
        code=tuple(code.split("-")) if code else (),
        join=read_box(progress, line, typed)
        if step is SetupStep.AGENT and progress.point
        else None,
        point=read_machine(progress.point.id, MachineQuery())
        if step is SetupStep.COMMISSIONING and progress.point
        else None,
        may_print=is_allowed(Permission.ACCOUNTS_WRITE),
        first_trainer=progress.trainerless and is_allowed(Permission.ACCOUNTS_WRITE),
        read=read_badge(request.values.get("read", "")),
        tap=read_tap(progress) if step is SetupStep.TAP else None,
    )
    names = {step_name.value: text for step_name, text in step_names().items()}
    return render_template(
        "setup/setup.html", page=setup_page, typed=typed, origin="setup", step_names=names
    )


def _weekly(progress: Progress) -> tuple[Weekly, ...] | None:
    """Return the hours that are in force; empty: day and night; None: not chosen yet."""
    if progress.opening is not None:
        return progress.opening.weekly
    return () if progress.plan is not None else None


def read_box(progress: Progress, line: ClaimCode | None, typed: Mapping[str, str]) -> JoiningStep:
    """Return the state of the box of the machine that is set up."""
    agent, point, web = progress.agent, progress.point, context()
    chosen = typed.get("reader", "") or request.args.get("reader", "")
    return joining_step(
        agent,
        read_joining(agent.id, line) if agent and line else None,
        is_assigned=agent is not None and point is not None and point.agent_id == agent.id,
        chosen_reader=chosen,
        reported_reader=progress.reader,
        previous_reader=session.get(READER, ""),
        instead=_replacement_line(chosen, request.args.get("port", "")),
        point=point.id if point else "",
        machine=read_label(point.name) if point else "",
        now=web.clock(),
        zone=ZoneInfo(progress.site.time_zone),
        click=read_click(request.values.get("click", "")),
        can_click=point is not None and not point.commissioned,
    )


def _replacement_line(reader: str, port: str) -> str:
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
    web = context()
    try:
        with web.database.read() as db:
            state = commands.get(db, command, actor=actor())
    except NotFound:
        return None
    if state.result is None and web.clock() <= state.expires_at:
        return Click(command=command, says=_("Listen: it clicks twice."))
    is_done = state.result == "done"
    return Click(command=command, failed=not is_done, says=click_words(state.reason, done=is_done))


def read_badge(command: str) -> ReadView:
    """Return the result of asking the reader for the next badge."""
    if not command:
        return ReadView(state="ready", says="")
    web = context()
    try:
        with web.database.read() as db:
            state = commands.get(db, command, actor=actor())
    except NotFound:
        return ReadView(state="ready", says="")
    if state.result == "done":
        number = str((state.data or {}).get("credential") or "")
        says = _("Badge read: its number ends in %(end)s.", end=number[-4:] or "…")
        return ReadView(state="read", says=says, command=command)
    if state.result is None and web.clock() <= state.expires_at:
        return ReadView(
            state="waiting", says=_("Tap the badge on the reader now."), command=command
        )
    says = _("No badge within 30 s. Try again, laying it flat on the reader.")
    return ReadView(state="failed", says=says)


def _next_things(progress: Progress) -> Iterator[NextThing]:
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
    if progress.point is not None:
        yield NextThing(
            address=url_for("machine.show", point=progress.point.id),
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


def read_tap(progress: Progress) -> TapView:
    """Return the answer to the first tap, or the expected one."""
    if progress.granted_at is not None:
        return TapView(
            done=True,
            title=_("Granted"),
            lines=(_("The place is ready. Add other machines and people in the same way."),),
            next=tuple(_next_things(progress)),
        )
    if progress.point is None or progress.person is None:
        return TapView(done=False, title=_("An earlier step is not done"), lines=())
    web = context()
    with web.database.read() as db:
        explained: Explained = explain.explain_access(
            db, progress.person.id, progress.point.id, actor=actor(), now=web.clock()
        )
    text = read_text(explained.text)
    title, *lines = text.split("\n")
    if explained.granted:
        title = _("Tap %(name)s’s badge on the reader", name=progress.person.name)
        lines = [_("Access will be granted: this page shows it within a second or two.")]
    return TapView(done=False, title=title, lines=tuple(lines))

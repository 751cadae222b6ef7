"""Data of the setup page: eight steps with their answers, and the step that is open."""

from dataclasses import dataclass

from controller.capabilities.setup.progress import Progress, SetupStep
from controller.domain.facts import Language
from webui.i18n import _, name_of, pgettext
from webui.i18n.dates import Zone, clock
from webui.machines.machine_view import MachinePage
from webui.naming import read_label
from webui.parts import Option
from webui.setup.hours import Day, week_words
from webui.setup.joining_step import JoiningStep

MINUTES = {
    SetupStep.PLACE: 1,
    SetupStep.ADMIN: 1,
    SetupStep.HOURS: 1,
    SetupStep.MACHINE: 1,
    SetupStep.AGENT: 5,
    SetupStep.BADGE: 2,
    SetupStep.COMMISSIONING: 10,
    SetupStep.TAP: 1,
}
"""About how many minutes each step takes for somebody who does it for the first time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLine:
    """One of the eight steps: its name, its answer, and whether it is done or open."""

    step: str
    name: str
    says: str
    done: bool
    is_open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NextThing:
    """Something to do after the first machine works."""

    address: str
    name: str
    why: str
    """Its benefit, as text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TapView:
    """The answer to the first tap, or the expected one, and the next things to do."""

    done: bool
    title: str
    lines: tuple[str, ...]
    next: tuple[NextThing, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadView:
    """The state of reading the first badge: `ready`, `waiting`, `read`, `failed`."""

    state: str
    says: str
    command: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupPage:
    """The steps, and the data of the one that is open."""

    steps: tuple[StepLine, ...]
    step: str
    number: int
    minutes: int
    """How long the steps that are left take."""
    before: str
    """The previous step; empty: this is the first."""
    title: str
    progress: Progress
    name: str
    zone_name: str
    machine: str
    machines: tuple[Option, ...]
    kinds: tuple[Option, ...]
    languages: tuple[Option, ...]
    time_zones: tuple[str, ...]
    week: tuple[Day, ...]
    plan: str
    code: tuple[str, ...]
    join: JoiningStep | None
    point: MachinePage | None
    may_print: bool
    """Whether this account may create a recovery code."""
    first_trainer: bool
    """Whether the certification has no trainer yet and this account may name the first one."""
    read: ReadView
    tap: TapView | None


def step_lines(progress: Progress, current: SetupStep, zone: Zone) -> tuple[StepLine, ...]:
    """Return the eight steps in their order."""
    return tuple(
        StepLine(
            step=step,
            name=step_names()[step],
            says=_step_text(progress, step, zone),
            done=step in progress.done,
            is_open=step is current,
        )
        for step in SetupStep
    )


def step_names() -> dict[SetupStep, str]:
    """Return the names of the steps."""
    return {
        SetupStep.PLACE: _("The place"),
        SetupStep.ADMIN: _("The person in charge"),
        SetupStep.HOURS: _("Hours, subscription"),
        SetupStep.MACHINE: _("The first machine"),
        SetupStep.AGENT: _("The box"),
        SetupStep.BADGE: _("Your badge"),
        SetupStep.COMMISSIONING: pgettext("step", "Commissioning"),
        SetupStep.TAP: _("Tap"),
    }


def titles(progress: Progress) -> dict[SetupStep, str]:
    """Return the heading of each step."""
    machine = read_label(progress.point.name) if progress.point else _("the machine")
    return {
        SetupStep.PLACE: _("What is the place called?"),
        SetupStep.ADMIN: _("A recovery code, on paper"),
        SetupStep.HOURS: _("When is the place open?"),
        SetupStep.MACHINE: _("Which is the first machine?"),
        SetupStep.AGENT: _("Connect the box: %(machine)s", machine=machine),
        SetupStep.BADGE: _("Who taps first?"),
        SetupStep.COMMISSIONING: _("Commission: %(machine)s", machine=machine),
        SetupStep.TAP: _("Tap: %(machine)s", machine=machine),
    }


def _step_text(progress: Progress, step: SetupStep, zone: Zone) -> str:
    """Return the step's answer, or a text on what the step asks for."""
    if step not in progress.done:
        return _upcoming_texts()[step]
    agent, person = progress.agent, progress.person
    says = {
        SetupStep.PLACE: _place_text(progress),
        SetupStep.ADMIN: _("recovery code printed"),
        SetupStep.HOURS: _hours_text(progress),
        SetupStep.MACHINE: _machine_text(progress),
        SetupStep.AGENT: read_label(agent.name) if agent else "",
        SetupStep.BADGE: person.name if person else "",
        SetupStep.COMMISSIONING: _tap_text(progress),
        SetupStep.TAP: _("granted at %(time)s", time=clock(progress.granted_at, zone))
        if progress.granted_at
        else "",
    }
    return says[step]


def _tap_text(progress: Progress) -> str:
    commissioning = progress.commissioning
    if commissioning is None or commissioning.missing or not commissioning.wired:
        return _("in service, although not every step was ticked")
    return _("everything was checked on the spot")


def _place_text(progress: Progress) -> str:
    language = name_of(Language(progress.site.language))
    return _("%(place)s, in %(language)s", place=read_label(progress.site.name), language=language)


def _hours_text(progress: Progress) -> str:
    week = week_words(progress.opening.weekly) if progress.opening else _("always open")
    plan = read_label(progress.plan.name) if progress.plan else ""
    return _("%(hours)s, “%(plan)s”", hours=week, plan=plan)


def _machine_text(progress: Progress) -> str:
    point = progress.point
    if point is None:
        return ""
    texts = [read_label(point.name), read_label(progress.zone) if progress.zone else ""]
    if progress.required:
        texts.append(_("training required"))
    if point.session.idle_timeout_s:
        minutes = round(point.session.idle_timeout_s / 60)
        texts.append(_("off after %(n)s min without work", n=minutes))
    return ", ".join(filter(None, texts))


def _upcoming_texts() -> dict[SetupStep, str]:
    return {
        SetupStep.PLACE: _("its name and language, 1 min"),
        SetupStep.ADMIN: _("a recovery code to print, 1 min"),
        SetupStep.HOURS: _("and a first subscription, 1 min"),
        SetupStep.MACHINE: _("its type sets its rules, 1 min"),
        SetupStep.AGENT: _("a line to paste, 5 min"),
        SetupStep.BADGE: _("and who trains first, 2 min"),
        SetupStep.COMMISSIONING: _("a few tries, contactor unplugged, 10 min"),
        SetupStep.TAP: _("the machine answers “granted”"),
    }

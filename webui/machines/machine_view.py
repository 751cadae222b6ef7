"""What a machine's page shows."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from controller.capabilities.access.effect import AffectedMember, CopyableBadges
from controller.capabilities.access.effect import Effect as Change
from controller.capabilities.machines.shapes import AccessPoint, Commissioning, CommissioningStep
from controller.domain.commissioning import StepName
from controller.domain.facts import PointKind, Risk
from controller.domain.locale.decision import explain
from controller.domain.time import Utc
from controller.kernel.names import short_login
from webui.billing.machine_cost import MachineCost
from webui.i18n import _, current, plural, translator
from webui.i18n.dates import Moment, Zone, clock, day, moment
from webui.live.views import Tile
from webui.machines.habits import Setting
from webui.machines.maintainer_pages import MaintainersView
from webui.machines.past_alarms import PastAlarm
from webui.machines.rule_words import RuleSentence
from webui.machines.today import TodayLane
from webui.machines.weeks import WeeksView
from webui.maintenance.maintenance_view import CareLine, DoneLine
from webui.parts import Option, Part, plain, strong, time_part
from webui.print_jobs.print_view import PrintLine
from webui.training.notice_view import NoticeView
from webui.user_reports.report_view import OpenReportLine, SettledLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A member who loses or gains access."""

    name: str
    href: str
    warns: str = ""
    """Text: the member uses or has booked the machine; empty: neither."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonGroup:
    """Members who lose or gain access for the same reason."""

    why: str
    people: tuple[Person, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectView:
    """What saving a rule would change, as texts."""

    after: str
    after_n: int
    before: str
    keeps: str
    """Text on the member who uses the machine and keeps access; may be empty."""
    loses: tuple[ReasonGroup, ...]
    """The reason that most people have comes first."""
    gains: tuple[ReasonGroup, ...]
    loses_words: str
    """How many lose access, as text."""
    gains_words: str
    more_lose: int
    """How many more lose access than are named."""
    more_gain: int
    save: str
    loses_n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectPart:
    """The effect as a part of the page, with what its save form needs."""

    id: str
    version: int
    rule_json: str
    effect: EffectView


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step of commissioning."""

    name: str
    title: str
    do: str
    see: str
    """What to look for, as a question; empty: nothing."""
    done: bool
    by: tuple[Part, ...]
    """Who confirmed it, when, and their remark."""
    who: str = ""
    at: Moment | None = None
    remark: str = ""
    event_id: str = ""
    """Id of the agent's event that proves it; empty: none yet, or only a person can confirm it."""
    event_words: str = ""
    needs_remark: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MachinePage:
    """What the page of a machine or door shows."""

    id: str
    name: str
    where: str
    door: bool
    version: int
    tile: Tile
    today: TodayLane | None
    notice: NoticeView | None
    """Members who are notified if it goes out of service, or were when it did."""
    is_out: bool
    commissioned: bool
    may_command: bool
    may_write_rules: bool
    rule: RuleSentence
    subscription: tuple[Option, ...]
    rule_json: str
    effect: EffectView | None
    """The effect of the rule on trial; None: there is none, or the effect is loaded separately."""
    badges: int
    """Number of badges for which the effect is computed."""
    drafted: bool
    """Whether the rule on trial can be saved."""
    changed_since: bool
    habits: Mapping[str, Setting]
    typed_habits: Mapping[str, str]
    """Values of the form with the settings, with its hidden fields."""
    wrong_habit: str
    facts: "FactsForm"
    steps: tuple[Step, ...]
    wired: bool
    agent: str
    agent_name: str
    may_see_agent: bool
    agent_silent: bool
    fitted: tuple[tuple[str, str], ...]
    """The wired devices, as pairs of name and driver."""
    maintained: MaintainersView
    care: tuple[CareLine, ...]
    care_done: tuple[DoneLine, ...]
    reports: tuple[OpenReportLine, ...]
    prints: tuple[PrintLine, ...]
    settled: tuple[SettledLine, ...]
    """The reports that were settled last."""
    cost: MachineCost | None
    """None for a door."""
    happened: tuple[PastAlarm, ...]
    copied: tuple[str, ...]
    """The warning that a copied badge opens it, in sentences; may be empty."""
    advised: str
    """Advice to use a more secure kind of badge; empty: none."""
    weeks: WeeksView | None
    poster: str
    """Address of its QR poster; empty for those who may not print it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FactsForm:
    """The form with name, room, agent, icon and risk."""

    typed: Mapping[str, str]
    """Stored or typed values by field."""
    zones: tuple[Option, ...]
    agents: tuple[Option, ...]
    icons: tuple[Option, ...]
    risks: tuple[Option, ...]
    now: Mapping[str, str]
    """For changed fields: the stored value, as text."""
    changed: Mapping[str, str]
    """A note at each field that somebody else has changed."""
    wrong: str


NAME_LIMIT = 8
"""Members who are named on each side; those who use or have booked the machine come first."""


def effect_view(change: Change, now: Utc, zone: Zone, href: Mapping[str, str]) -> EffectView:
    """Return the effect in the current language; `href` are addresses by member."""
    lose, gain = change.loses_n, change.gains_n
    losers, gainers = change.loses[:NAME_LIMIT], change.gains[:NAME_LIMIT]

    def groups_of(them: Sequence[AffectedMember]) -> tuple[ReasonGroup, ...]:
        by_reason: dict[str, list[Person]] = defaultdict(list)
        for somebody in them:
            why = explain(somebody.decision, change.point, change.site, translator())
            person = Person(
                name=somebody.name,
                href=href.get(somebody.member_id or "", ""),
                warns=_booking_warning(somebody, now, zone),
            )
            by_reason[" · ".join((why.title, *why.lines[:1]))].append(person)
        groups = sorted(by_reason.items(), key=lambda reason: -len(reason[1]))
        return tuple(ReasonGroup(why=why, people=tuple(people)) for why, people in groups)

    keeps = change.keeps_using
    return EffectView(
        after=plural(
            "person will be able to use it", "people will be able to use it", change.after
        ),
        after_n=change.after,
        before=_("%(n)s today", n=change.before),
        keeps=_("%(name)s, who is using it, keeps access.", name=keeps) if keeps else "",
        loses=groups_of(losers),
        gains=groups_of(gainers),
        loses_words=plural("%(n)s loses access", "%(n)s lose access", lose)
        if lose
        else _("Nobody loses access"),
        gains_words=plural("%(n)s gains access", "%(n)s gain access", gain)
        if gain
        else _("Nobody gains access"),
        more_lose=lose - len(losers),
        more_gain=gain - len(gainers),
        save=plural("Save, %(n)s loses access", "Save, %(n)s lose access", lose)
        if lose
        else _("Save"),
        loses_n=lose,
    )


def _booking_warning(person: AffectedMember, now: Utc, zone: Zone) -> str:
    if person.is_current_user:
        return _("is using it now")
    if person.booked_at is None:
        return ""
    at = person.booked_at
    return _("has booked it on %(day)s at %(time)s", day=day(at, now, zone), time=clock(at, zone))


def risk_words() -> dict[Risk, str]:
    """Return the name of each risk."""
    return {Risk.LOW: _("low risk"), Risk.DOOR: _("door"), Risk.DANGEROUS: _("dangerous")}


def icon_words() -> dict[str, str]:
    """Return the name of each icon in `webui.icons.MACHINE_ICONS`."""
    return {
        "scissors": _("scissors"),
        "spool": _("spool"),
        "headphones": _("headphones"),
        "gauge": _("gauge"),
        "zap": _("lightning"),
        "cog": _("cog"),
        "flame": _("flame"),
        "axe": _("axe"),
        "printer": _("printer"),
        "lightbulb": _("bulb"),
        "hammer": _("hammer"),
        "drill": _("drill"),
        "plug": _("plug"),
        "cpu": _("chip"),
        "axis-3d": _("three axes"),
        "waves": _("waves"),
        "fan": _("fan"),
    }


def steps(
    commissioning: Commissioning,
    evidence: Mapping[StepName, tuple[str, Utc]],
    names: Mapping[str, str],
    now: Utc,
    zone: Zone,
) -> tuple[Step, ...]:
    """Return the steps; `evidence` holds the event that proves a step, and its time."""
    return tuple(
        _step(step, evidence.get(step.step), names, now, zone) for step in commissioning.steps
    )


def _step(
    step: CommissioningStep,
    event: tuple[str, Utc] | None,
    names: Mapping[str, str],
    now: Utc,
    zone: Zone,
) -> Step:
    tick, french = step.tick, current() == "fr"
    who, at, remark = "", None, ""
    if tick is not None:
        text = _("%(day)s at %(time)s", day=day(tick.at, now, zone), time=clock(tick.at, zone))
        who, at = short_login(names.get(tick.by, tick.by)), moment(text, tick.at, zone)
        remark = tick.remark or ""
    question = step.see
    return Step(
        name=step.step,
        title=step_words()[step.step],
        do=step.do.fr if french else step.do.en,
        see="" if question is None else question.fr if french else question.en,
        done=tick is not None and tick.holds,
        by=(plain(who), time_part("", at), *([strong(remark)] if remark else ())) if at else (),
        who=who,
        at=at,
        remark=remark,
        event_id=event[0] if event else "",
        event_words=_("Seen at %(time)s", time=clock(event[1], zone)) if event else "",
        needs_remark=not step.events,
    )


def step_words() -> dict[StepName, str]:
    """Return the name of each step, in two or three words."""
    return {
        StepName.BADGE: _("Badge read"),
        StepName.POWER_ON: _("Power on"),
        StepName.POWER_OFF: _("Power off"),
        StepName.ESTOP: _("Emergency stop"),
        StepName.ESTOP_RESET: _("Reset on the spot"),
        StepName.INTERLOCK: _("Cover open"),
        StepName.START_CONDITION: _("Starting position"),
        StepName.AGENT_KILLED: _("Box stopped"),
        StepName.STRIKE: _("Strike released"),
        StepName.CONTACT: _("Opening and closing"),
        StepName.REX: _("Exit button"),
        StepName.FIRE: _("Fire alarm"),
        StepName.WAY_OUT: _("Way out"),
    }


def copy_warning(point: AccessPoint, copyable: CopyableBadges | None) -> tuple[str, ...]:
    """Return the warning that a copied badge opens this machine, and for how many members; may be
    empty."""
    if point.requirement.assurance != "uid":
        return ()
    texts = [_("A plain badge can be copied with a phone.")]
    if copyable is not None and copyable.people:
        texts.append(
            plural(
                "%(plain)s of %(n)s person has only a plain badge.",
                "%(plain)s of the %(n)s people have only a plain badge.",
                copyable.people,
                plain=copyable.copyable,
            )
        )
    if copyable is not None and copyable.people and not copyable.copyable:
        texts.append(_("A copy would not work: all badges are protected against copying."))
    elif point.kind is PointKind.DOOR:
        texts.append(_("A copy would open this door."))
    else:
        texts.append(_("A copy would switch this machine on."))
    return tuple(texts)


def badge_advice(point: AccessPoint) -> str:
    """Return the advice to use a more secure kind of badge; empty: none."""
    if point.requirement.assurance != "uid" or point.risk is not Risk.DANGEROUS:
        return ""
    return _("Recommended for a dangerous machine: a secure badge (AES).")

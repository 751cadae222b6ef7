"""What a machine's page shows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from controller.capabilities.access.effect import Effect as Change
from controller.capabilities.access.effect import Touched
from controller.capabilities.machines.shapes import AccessPoint, Commissioning, CommissioningStep
from controller.domain.commissioning import StepName
from controller.domain.facts import PointKind, Risk
from controller.domain.time import Utc
from controller.domain.words.decision import explain
from webui.i18n import _, current, plural, words
from webui.i18n.dates import Zone, clock, day, moment
from webui.live.views import Tile
from webui.machines.habits import Habit
from webui.machines.rule_words import Choice, RuleSentence
from webui.parts import Option, Part, plain, strong, timed
from webui.tell.told_view import ToldLine
from webui.upkeep.upkeep_view import CareLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """Something that can be asked of it; `why_not`: why it can't be now."""

    name: str
    text: str
    icon: str
    why_not: str = ""
    grave: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who loses or gains the right."""

    name: str
    href: str
    why: str
    warns: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectView:
    """What saving would change, in words."""

    after: str
    after_n: int
    before: str
    keeps: str
    loses: tuple[Person, ...]
    gains: tuple[Person, ...]
    loses_words: str
    gains_words: str
    more_lose: int
    more_gain: int
    save: str
    loses_n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectPart:
    """The effect by itself, with what saving it takes."""

    id: str
    version: int
    rule_json: str
    effect: EffectView


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing to see before it goes into service."""

    name: str
    do: str
    see: str
    done: bool
    by: tuple[Part, ...]
    lapsed: bool
    event_id: str = ""
    """What shows it, from its agent; empty: not seen yet, or only a person can say."""
    event_words: str = ""
    needs_remark: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """A bar of the chart, in its units."""

    x: float
    label: str
    run_y: float
    run_h: float
    wait_y: float
    wait_h: float
    run: str
    wait: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MachinePage:
    """One machine or door."""

    id: str
    name: str
    where: str
    door: bool
    version: int
    tile: Tile
    deeds: tuple[Deed, ...]
    in_service: bool
    commissioned: bool
    may_command: bool
    may_rule: bool
    rule: RuleSentence
    subscription: tuple[Choice, ...]
    rule_json: str
    now_json: str
    effect: EffectView | None
    """None: no other rule is tried, or its effect comes as a part of its own."""
    badges: int
    """How many are judged for it."""
    drafted: bool
    """Whether another rule is tried."""
    changed_since: bool
    habits: Mapping[str, Habit]
    wrong_habit: str
    facts: "FactsForm"
    steps: tuple[Step, ...]
    wired: bool
    agent: str
    care: tuple[CareLine, ...]
    told: tuple[ToldLine, ...]
    copied: str
    weeks: tuple[Week, ...]
    weeks_words: str
    top: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FactsForm:
    """Name, room, box: what it is."""

    name: str
    zones: tuple[Option, ...]
    zone: str
    agents: tuple[Option, ...]
    agent: str
    icons: tuple[Option, ...]
    icon: str
    risks: tuple[Option, ...]
    risk: str


def effect_view(change: Change, now: Utc, zone: Zone, href: Mapping[str, str]) -> EffectView:
    """The effect in the current language; `href` are addresses by member."""
    lose, gain = change.loses_n, change.gains_n

    def person(each: Touched) -> Person:
        why = explain(each.decision, change.point, change.site, words())
        return Person(
            name=each.name,
            href=href.get(each.member_id or "", ""),
            why=" · ".join((why.title, *why.lines[:1])),
            warns=_warns(each, now, zone),
        )

    keeps = change.keeps_using
    return EffectView(
        after=plural("personne pourra l’utiliser", "personnes pourront l’utiliser", change.after),
        after_n=change.after,
        before=_("%(n)s aujourd’hui", n=change.before),
        keeps=_("%(name)s, qui s’en sert, garde son accès.", name=keeps) if keeps else "",
        loses=tuple(person(each) for each in change.loses),
        gains=tuple(person(each) for each in change.gains),
        loses_words=plural("%(n)s perd l’accès", "%(n)s perdent l’accès", lose)
        if lose
        else _("Personne ne perd l’accès"),
        gains_words=plural("%(n)s gagne l’accès", "%(n)s gagnent l’accès", gain)
        if gain
        else _("Personne ne gagne l’accès"),
        more_lose=lose - len(change.loses),
        more_gain=gain - len(change.gains),
        save=plural("Enregistrer, %(n)s perd l’accès", "Enregistrer, %(n)s perdent l’accès", lose)
        if lose
        else _("Enregistrer"),
        loses_n=lose,
    )


def _warns(each: Touched, now: Utc, zone: Zone) -> str:
    if each.uses_it:
        return _("s’en sert maintenant")
    if each.booked_at is None:
        return ""
    at = each.booked_at
    return _("a réservé le %(day)s à %(time)s", day=day(at, now, zone), time=clock(at, zone))


def deeds(point: AccessPoint, tile: Tile, online: bool) -> Iterator[Deed]:
    """What can be asked of its agent, greyed with the reason where it can't be."""
    away = "" if online else _("son boîtier est muet")
    if point.agent_id is None:
        away = _("aucun boîtier ne le tient encore")
    if point.kind is PointKind.DOOR:
        yield Deed(name="release", text=_("Ouvrir une fois"), icon="door-open", why_not=away)
        return
    free = "" if tile.chip.look in ("running", "armed") else _("personne ne s’en sert")
    yield Deed(name="end-session", text=_("Finir puis arrêter"), icon="flag", why_not=away or free)
    dead = "" if tile.chip.look in ("running", "armed", "cooling") else _("elle est déjà éteinte")
    yield Deed(name="cut-power", text=_("Couper"), icon="power", why_not=away or dead, grave=True)
    if tile.chip.look == "fault":
        yield Deed(name="reset-fault", text=_("Réarmer"), icon="refresh-cw", why_not=away)


def risk_words() -> dict[Risk, str]:
    """How dangerous it is."""
    return {Risk.LOW: _("peu dangereux"), Risk.DOOR: _("porte"), Risk.DANGEROUS: _("dangereux")}


def steps(
    found: Commissioning,
    seen: Mapping[StepName, tuple[str, Utc]],
    names: Mapping[str, str],
    now: Utc,
    zone: Zone,
) -> tuple[Step, ...]:
    """The steps; `seen`: the event that shows one, and its time."""
    return tuple(_step(each, seen.get(each.step), names, now, zone) for each in found.steps)


def _step(
    each: CommissioningStep,
    event: tuple[str, Utc] | None,
    names: Mapping[str, str],
    now: Utc,
    zone: Zone,
) -> Step:
    tick, french = each.tick, current() == "fr"
    by: list[Part] = []
    if tick is not None:
        at = _("%(day)s à %(time)s", day=day(tick.at, now, zone), time=clock(tick.at, zone))
        by = [plain(names.get(tick.by, tick.by)), timed("", moment(at, tick.at, zone))]
        by += [strong(tick.remark)] if tick.remark else []
    question = each.see
    return Step(
        name=each.step,
        do=each.do.fr if french else each.do.en,
        see="" if question is None else question.fr if french else question.en,
        done=tick is not None and tick.holds,
        by=tuple(by),
        lapsed=tick is not None and not tick.holds,
        event_id=event[0] if event else "",
        event_words=_("Vu à %(time)s", time=clock(event[1], zone)) if event else "",
        needs_remark=not each.events,
    )


def copied(point: AccessPoint) -> str:
    """What a copy of a plain badge would open."""
    if point.requirement.assurance != "uid":
        return ""
    if point.kind is PointKind.DOOR:
        return _("Un badge simple se copie avec un téléphone : une copie ouvrirait cette porte.")
    return _("Un badge simple se copie avec un téléphone : une copie allumerait cette machine.")


CHART_HEIGHT = 160.0
_WIDTH, _GAP = 7.0, 1.2


def weeks(hours: Sequence[tuple[str, float, float]]) -> tuple[tuple[Week, ...], str, str]:
    """Bars of label, running and waiting hours; the message in words; the top of the axis."""
    most = max((run + wait for _label, run, wait in hours), default=0.0)
    top = max(1.0, most)
    unit = CHART_HEIGHT / top
    bars = tuple(
        Week(
            x=at * (_WIDTH + _GAP),
            label=label,
            run_h=round(run * unit, 1),
            run_y=round(CHART_HEIGHT - run * unit, 1),
            wait_h=round(wait * unit, 1),
            wait_y=round(CHART_HEIGHT - (run + wait) * unit, 1),
            run=_(
                "%(n)s h", n=f"{run:.1f}".replace(".", ",") if current() == "fr" else f"{run:.1f}"
            ),
            wait=_(
                "%(n)s h", n=f"{wait:.1f}".replace(".", ",") if current() == "fr" else f"{wait:.1f}"
            ),
        )
        for at, (label, run, wait) in enumerate(hours)
    )
    if most == 0:
        return bars, _("N’a pas encore servi ces douze semaines."), ""
    count = len(hours)
    run = round(sum(each[1] for each in hours) / count)
    wait = round(sum(each[2] for each in hours) / count)
    said = _("Travaille %(run)s h par semaine, et attend %(wait)s h allumée.", run=run, wait=wait)
    return bars, said, _("%(n)s h", n=round(top))

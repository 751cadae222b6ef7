"""What a machine's page shows."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from controller.capabilities.access.effect import Copyable, Touched
from controller.capabilities.access.effect import Effect as Change
from controller.capabilities.machines.commissioning_plan import Fitted
from controller.capabilities.machines.shapes import AccessPoint, Commissioning, CommissioningStep
from controller.domain.commissioning import StepName
from controller.domain.facts import PointKind, Risk
from controller.domain.time import Utc
from controller.domain.words.decision import explain
from controller.kernel.names import by_name
from webui.billing.machine_cost import MachineCost
from webui.i18n import _, current, plural, translator
from webui.i18n.dates import Moment, Zone, clock, day, moment
from webui.live.views import Tile
from webui.machines.habits import Habit
from webui.machines.happened import Happened
from webui.machines.maintained import Maintained
from webui.machines.rule_words import Choice, RuleSentence
from webui.machines.today import Today
from webui.machines.weeks import WeeksView
from webui.maintenance.maintenance_view import CareLine, DoneLine
from webui.parts import Option, Part, plain, strong, timed
from webui.print_jobs.print_view import PrintLine
from webui.training.notice_view import NoticeView
from webui.user_reports.report_view import SettledLine, ToldLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who loses or gains the right."""

    name: str
    href: str
    warns: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Because:
    """Those who lose or gain the right for the same reason."""

    why: str
    people: tuple[Person, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectView:
    """What saving would change, in words."""

    after: str
    after_n: int
    before: str
    keeps: str
    loses: tuple[Because, ...]
    """The reason of most people first."""
    gains: tuple[Because, ...]
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
    title: str
    do: str
    see: str
    done: bool
    by: tuple[Part, ...]
    """Who said so, when, and what they saw."""
    who: str = ""
    at: Moment | None = None
    remark: str = ""
    event_id: str = ""
    """What shows it, from its agent; empty: not seen yet, or only a person can say."""
    event_words: str = ""
    needs_remark: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MachinePage:
    """One machine or door."""

    id: str
    name: str
    where: str
    door: bool
    version: int
    tile: Tile
    today: Today | None
    notice: NoticeView | None
    """Whom it concerns if it goes out of service, or that it is."""
    is_out: bool
    commissioned: bool
    may_command: bool
    may_rule: bool
    rule: RuleSentence
    subscription: tuple[Choice, ...]
    rule_json: str
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
    agent_name: str
    may_see_agent: bool
    agent_silent: bool
    fitted: tuple[tuple[str, str], ...]
    """What is wired there, in words."""
    maintained: Maintained
    care: tuple[CareLine, ...]
    care_done: tuple[DoneLine, ...]
    told: tuple[ToldLine, ...]
    prints: tuple[PrintLine, ...]
    settled: tuple[SettledLine, ...]
    cost: MachineCost | None
    """None of a door."""
    happened: tuple[Happened, ...]
    copied: tuple[str, ...]
    advised: str
    """What is better than a plain badge here."""
    weeks: WeeksView | None
    poster: str
    """Where its QR poster is; empty for who may not print it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FactsForm:
    """Name, room, box: what it is."""

    typed: Mapping[str, str]
    """By field: what stands, or what was typed."""
    zones: tuple[Option, ...]
    agents: tuple[Option, ...]
    icons: tuple[Option, ...]
    risks: tuple[Option, ...]
    now: Mapping[str, str]
    """By field: what stands now, in words, where something else was typed."""
    wrong: str


NAMED = 8
"""People who are named of each side, those who use or have booked it first."""


def effect_view(change: Change, now: Utc, zone: Zone, href: Mapping[str, str]) -> EffectView:
    """The effect in the current language; `href` are addresses by member."""
    lose, gain = change.loses_n, change.gains_n
    losers, gainers = change.loses[:NAMED], change.gains[:NAMED]

    def grouped(them: Sequence[Touched]) -> tuple[Because, ...]:
        by_reason: dict[str, list[Person]] = defaultdict(list)
        for each in them:
            why = explain(each.decision, change.point, change.site, translator())
            key, warns = href.get(each.member_id or "", ""), _warns(each, now, zone)
            person = Person(name=each.name, href=key, warns=warns)
            by_reason[" · ".join((why.title, *why.lines[:1]))].append(person)
        found = sorted(by_reason.items(), key=lambda each: -len(each[1]))
        return tuple(Because(why=why, people=tuple(people)) for why, people in found)

    keeps = change.keeps_using
    return EffectView(
        after=plural("personne pourra l’utiliser", "personnes pourront l’utiliser", change.after),
        after_n=change.after,
        before=_("%(n)s aujourd’hui", n=change.before),
        keeps=_("%(name)s, qui s’en sert, garde son accès.", name=keeps) if keeps else "",
        loses=grouped(losers),
        gains=grouped(gainers),
        loses_words=plural("%(n)s perd l’accès", "%(n)s perdent l’accès", lose)
        if lose
        else _("Personne ne perd l’accès"),
        gains_words=plural("%(n)s gagne l’accès", "%(n)s gagnent l’accès", gain)
        if gain
        else _("Personne ne gagne l’accès"),
        more_lose=lose - len(losers),
        more_gain=gain - len(gainers),
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


def risk_words() -> dict[Risk, str]:
    """How dangerous it is."""
    return {Risk.LOW: _("peu dangereux"), Risk.DOOR: _("porte"), Risk.DANGEROUS: _("dangereux")}


def icon_words() -> dict[str, str]:
    """What each of `webui.icons.MACHINE_ICONS` shows."""
    return {
        "scissors": _("ciseaux"),
        "spool": _("bobine"),
        "headphones": _("casque"),
        "gauge": _("cadran"),
        "zap": _("éclair"),
        "cog": _("engrenage"),
        "flame": _("flamme"),
        "axe": _("hache"),
        "printer": _("imprimante"),
        "lightbulb": _("ampoule"),
        "hammer": _("marteau"),
        "drill": _("perceuse"),
        "plug": _("prise"),
        "cpu": _("puce"),
        "axis-3d": _("trois axes"),
        "waves": _("vagues"),
        "fan": _("ventilateur"),
    }


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
    who, at, remark = "", None, ""
    if tick is not None:
        text = _("%(day)s à %(time)s", day=day(tick.at, now, zone), time=clock(tick.at, zone))
        who, at = by_name(names.get(tick.by, tick.by)), moment(text, tick.at, zone)
        remark = tick.remark or ""
    question = each.see
    return Step(
        name=each.step,
        title=step_words()[each.step],
        do=each.do.fr if french else each.do.en,
        see="" if question is None else question.fr if french else question.en,
        done=tick is not None and tick.holds,
        by=(plain(who), timed("", at), *([strong(remark)] if remark else ())) if at else (),
        who=who,
        at=at,
        remark=remark,
        event_id=event[0] if event else "",
        event_words=_("Vu à %(time)s", time=clock(event[1], zone)) if event else "",
        needs_remark=not each.events,
    )


def step_words() -> dict[StepName, str]:
    """What was seen, in two or three words."""
    return {
        StepName.BADGE: _("Badge lu"),
        StepName.POWER_ON: _("Courant mis"),
        StepName.POWER_OFF: _("Courant coupé"),
        StepName.ESTOP: _("Arrêt d’urgence"),
        StepName.ESTOP_RESET: _("Réarmé sur place"),
        StepName.INTERLOCK: _("Capot ouvert"),
        StepName.START_CONDITION: _("Position de départ"),
        StepName.AGENT_KILLED: _("Boîtier arrêté"),
        StepName.STRIKE: _("Gâche libérée"),
        StepName.CONTACT: _("Ouverture et fermeture"),
        StepName.REX: _("Bouton de sortie"),
        StepName.FIRE: _("Alarme incendie"),
        StepName.WAY_OUT: _("Sortie libre"),
    }


def fitted_words(found: Fitted) -> tuple[tuple[str, str], ...]:
    """What is wired there: name and driver, then the inputs."""
    names = {
        "reader": _("Lecteur"),
        "power": _("Contacteur"),
        "strike": _("Gâche"),
        "cooling": _("Second contacteur"),
        "meter": _("Mesure"),
    }
    inputs = {
        "estop": _("arrêt d’urgence"),
        "interlock": _("capot"),
        "start": _("position de départ"),
        "contact": _("contact de porte"),
        "rex": _("bouton de sortie"),
        "fire": _("incendie"),
    }
    drivers = [(names[role], driver) for role, driver in found.drivers.items()]
    seen = ", ".join(inputs.get(each, each) for each in found.inputs)
    return (*drivers, (_("Entrées"), seen)) if seen else tuple(drivers)


def copied(point: AccessPoint, found: Copyable | None) -> tuple[str, ...]:
    """What a copy of a plain badge would open, and to how many."""
    if point.requirement.assurance != "uid":
        return ()
    said = [_("Un badge simple se copie avec un téléphone.")]
    if found is not None and found.people:
        said.append(
            plural(
                "%(plain)s sur %(n)s personne n’a que cela.",
                "%(plain)s des %(n)s personnes n’ont que cela.",
                found.people,
                plain=found.plain,
            )
        )
    if found is not None and found.people and not found.plain:
        said.append(_("Une copie n’ouvrirait rien : chacun a un badge qui prouve une clé."))
    elif point.kind is PointKind.DOOR:
        said.append(_("Une copie ouvrirait cette porte."))
    else:
        said.append(_("Une copie allumerait cette machine."))
    return tuple(said)


def advised(point: AccessPoint) -> str:
    """What is better than a plain badge there."""
    if point.requirement.assurance != "uid" or point.risk is not Risk.DANGEROUS:
        return ""
    return _("Conseillé pour une machine dangereuse : un badge sûr (AES).")

"""Read everything that a machine's page shows, in one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from flask import request, url_for
from werkzeug.datastructures import MultiDict

from controller.capabilities.access import effect
from controller.capabilities.agents import agents
from controller.capabilities.journal import events
from controller.capabilities.live import board
from controller.capabilities.live.day import span
from controller.capabilities.live.reservations import find_reservations
from controller.capabilities.machines import access_points, commissioning
from controller.capabilities.machines.commissioning_plan import fittings_of
from controller.capabilities.machines.shapes import AccessPoint, Commissioning, RequirementShape
from controller.capabilities.places import schedules, zones
from controller.capabilities.plans import plans
from controller.capabilities.training import certifications
from controller.domain.commissioning import StepName
from controller.domain.facts import PointKind, Site
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.database import Session
from controller.kernel.names import names_of
from controller.kernel.paging import Cursor
from webui import form_merge
from webui.bookings.bookers import machine_notice
from webui.context import context
from webui.guard import actor, is_allowed, site, site_zone
from webui.i18n import _
from webui.live.tiles import tile
from webui.live.views import Tile
from webui.machines import panels, rule_words
from webui.machines.habits import behaviour, typed_of
from webui.machines.machine_view import (
    EffectPart,
    EffectView,
    FactsForm,
    MachinePage,
    Step,
    badge_advice,
    copy_warning,
    effect_view,
    icon_words,
    risk_words,
    steps,
)
from webui.machines.maintainer_pages import maintainers_view
from webui.machines.panels import MachineReader
from webui.machines.today import TodayLane, today_lane
from webui.machines.weeks import weeks_view
from webui.machines.wired_devices import wired_device_texts
from webui.naming import read_label
from webui.paging import all_items
from webui.parts import Option
from webui.training.notice_view import NoticeView

SEEN_FOR = timedelta(minutes=30)
"""Maximum age of an event that proves a step of commissioning."""
_EVENTS = 200
"""How many recent events are searched for such proofs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineQuery:
    """The page's query: a rule on trial, refused form values, a search."""

    rule: RequirementShape | None = None
    habits: Mapping[str, str] = field(default_factory=dict)
    wrong: str = ""
    wrong_habits: Mapping[str, str] = field(default_factory=dict)
    """What is to say about each setting."""
    facts: Mapping[str, str] = field(default_factory=dict)
    wrong_facts: str = ""
    changed_facts: Mapping[str, str] = field(default_factory=dict)
    """A note at each field that somebody else has changed."""
    changed_since: bool = False
    """Whether the effect of saving differs from what was shown."""
    whole: bool = False
    """Whether to compute what the rule changes even for many people, which is slow."""
    maintainer: str | None = None
    """Search text for a maintainer; None: no search."""


def certification_names(db: Session, who: Actor) -> dict[str, str]:
    """Return the names of certifications and documents by id."""
    rows = all_items(lambda at: certifications.page(db, actor=who, cursor=at))
    return {certification.id: read_label(certification.name) for certification in rows}


def plan_names(db: Session, who: Actor) -> dict[str, str]:
    """Return the names of plans by id."""
    rows = all_items(lambda at: plans.page(db, actor=who, cursor=at))
    return {plan.id: read_label(plan.name) for plan in rows}


def zone_names(db: Session, who: Actor) -> dict[str, str]:
    """Return the names of zones by id."""
    rows = all_items(lambda at: zones.page(db, actor=who, cursor=at))
    return {zone.id: read_label(zone.name) for zone in rows}


def agent_names(db: Session, who: Actor, now: Utc) -> dict[str, str]:
    """Return the names of agents by id, without revoked ones."""
    rows = all_items(lambda at: agents.page(db, actor=who, now=now, cursor=at))
    return {agent.id: read_label(agent.name) for agent in rows if agent.revoked_at is None}


def read_machine(point: str, query: MachineQuery) -> MachinePage:
    """Read the page of one machine or door. Raises NotFound."""
    web, who, place = context(), actor(), site()
    with web.database.read() as db:
        now, zone = web.clock(), site_zone()
        reading = MachineReader(db, who, place.id, now, zone)
        return _page(reading, access_points.get(db, point, actor=who), query)


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineNow:
    """The parts of the page that are refreshed."""

    id: str
    tile: Tile
    today: TodayLane | None
    notice: NoticeView | None
    is_out: bool
    place: Site


def read_now(point: str) -> MachineNow:
    """Read the present state of one machine or door. Raises NotFound."""
    web, who, place = context(), actor(), site()
    with web.database.read() as db:
        reading = MachineReader(db, who, place.id, web.clock(), site_zone())
        return _machine_now(reading, access_points.get(db, point, actor=who))


def _machine_now(reading: MachineReader, point: AccessPoint) -> MachineNow:
    db, who, now, zone = reading.db, reading.who, reading.now, reading.zone
    shown, place = board.tile(db, reading.site, point.id, actor=who, now=now)
    is_door = point.kind is PointKind.DOOR
    every = () if is_door else find_reservations(db, reading.site, *span(zone, now), actor=who)
    reservations = [booking for booking in every if booking.access_point == point.id]
    may = is_allowed(Permission.COMMAND)
    return MachineNow(
        id=point.id,
        place=place,
        tile=tile(shown, db.info["house"].alarms, now, place, reservations, may_command=may),
        today=None
        if is_door
        else today_lane(db, reading.site, shown, reservations, zone, actor=who, now=now),
        notice=machine_notice(db, point, now, zone),
        is_out=not point.in_service,
    )


def _page(reading: MachineReader, point: AccessPoint, query: MachineQuery) -> MachinePage:
    db, who = reading.db, reading.who
    state = _machine_now(reading, point)
    rooms, boxes = zone_names(db, who), agent_names(db, who, reading.now)
    rule = query.rule or point.requirement
    plan_words = plan_names(db, who)
    sentence = rule_words.sentence(
        rule, point.requirement, certification_names(db, who), plan_words
    )
    is_door = point.kind is PointKind.DOOR
    typed_habits = query.habits or form_merge.fill(typed_of(point), point.version)
    commissioning_state = commissioning.get(db, point.id, actor=who)
    return MachinePage(
        id=point.id,
        name=read_label(point.name),
        where=_room_text(point, rooms),
        door=is_door,
        version=point.version,
        tile=state.tile,
        today=state.today,
        notice=state.notice,
        is_out=state.is_out,
        commissioned=point.commissioned,
        may_command=is_allowed(Permission.COMMAND),
        may_write_rules=is_allowed(Permission.RULES_WRITE),
        rule=sentence,
        subscription=rule_words.subscription_choices(rule),
        rule_json=rule_words.as_json(rule),
        effect=_effect(reading, point, query) if sentence.changes else None,
        badges=panels.badge_count(reading) if sentence.changes else 0,
        drafted=bool(sentence.changes) and is_allowed(Permission.RULES_WRITE),
        changed_since=query.changed_since,
        habits=behaviour(point, typed_habits, _schedules(reading, is_door), query.wrong_habits),
        typed_habits=typed_habits,
        wrong_habit=query.wrong,
        facts=_facts(point, rooms, boxes, query),
        steps=_steps(reading, commissioning_state),
        wired=commissioning_state.wired,
        agent=point.agent_id or "",
        agent_name=boxes.get(point.agent_id or "", ""),
        may_see_agent=is_allowed(Permission.AGENTS_READ),
        agent_silent=state.tile.chip.look == "offline",
        fitted=wired_device_texts(fittings_of(db, point.agent_id, point.id)),
        maintained=maintainers_view(reading, point, query.maintainer),
        care=panels.maintenance_lines(reading, point),
        care_done=panels.maintenance_done(reading, point),
        reports=panels.report_lines(reading, point),
        prints=panels.prints(reading, point),
        settled=panels.settled_lines(reading, point),
        cost=panels.cost(reading, point),
        happened=panels.past_alarms(reading, point),
        copied=copy_warning(point, panels.copyable_badges(reading, point)),
        advised=badge_advice(point),
        weeks=None
        if is_door
        else weeks_view(db, point.id, reading.zone, actor=who, now=reading.now),
        poster=url_for("poster.show", point=point.id) if is_allowed(Permission.RULES_WRITE) else "",
    )


def _room_text(point: AccessPoint, rooms: Mapping[str, str]) -> str:
    room = rooms.get(point.zone_id or "", "")
    return " · ".join(filter(None, (room, risk_words()[point.risk])))


def read_effect(point: str, rule: RequirementShape | None) -> EffectPart | None:
    """Return what a rule would change, however long it takes; None: no rule is on trial.

    Raises NotFound.
    """
    web, who, place = context(), actor(), site()
    with web.database.read() as db:
        reading = MachineReader(db, who, place.id, web.clock(), site_zone())
        point_row = access_points.get(db, point, actor=who)
        if rule is None:
            return None
        return EffectPart(
            id=point_row.id,
            version=point_row.version,
            rule_json=rule_words.as_json(rule),
            effect=_change(reading, point_row, rule),
        )


def _effect(reading: MachineReader, point: AccessPoint, query: MachineQuery) -> EffectView | None:
    if query.rule is None or not is_allowed(Permission.RULES_WRITE):
        return None
    if not query.whole and panels.badge_count(reading) > panels.ROW_LIMIT:
        return None
    return _change(reading, point, query.rule)


def _change(reading: MachineReader, point: AccessPoint, rule: RequirementShape) -> EffectView:
    change = effect.of_rule(reading.db, point.id, rule, actor=reading.who, now=reading.now)
    people = (person.member_id for person in (*change.loses, *change.gains) if person.member_id)
    href = {person: url_for("member.show", member=person) for person in people}
    return effect_view(change, reading.now, reading.zone, href)


def _schedules(reading: MachineReader, is_needed: bool) -> dict[str, str]:
    if not is_needed:
        return {}
    every = all_items(lambda at: schedules.page(reading.db, actor=reading.who, cursor=at))
    return {schedule.id: read_label(schedule.name) for schedule in every}


def facts_of(point: AccessPoint) -> dict[str, str]:
    """Return the form's values for the stored record."""
    return {
        "name": read_label(point.name),
        "zone": point.zone_id or "",
        "agent": point.agent_id or "",
        "icon": point.icon,
        "risk": str(point.risk),
    }


def _facts(
    point: AccessPoint, rooms: Mapping[str, str], boxes: Mapping[str, str], query: MachineQuery
) -> FactsForm:
    """Return the form with the stored values, or the typed ones with notes on the stored ones."""
    stored, nothing = facts_of(point), {"": _("none")}
    offered = {
        "zone": nothing | dict(rooms),
        "agent": nothing | dict(boxes),
        "icon": {point.icon: _("door") if point.kind is PointKind.DOOR else point.icon}
        | icon_words(),
        "risk": {str(risk_word): text for risk_word, text in risk_words().items()},
    }
    typed = form_merge.fill(stored, point.version) | dict(query.facts)
    shown = {key: offered.get(key, {}).get(value, value) for key, value in stored.items()}
    return FactsForm(
        typed=typed,
        zones=options(offered["zone"]),
        agents=options(offered["agent"]),
        icons=options(offered["icon"]),
        risks=options(offered["risk"]),
        now={
            key: _("Now: %(what)s", what=shown[key])
            for key, value in stored.items()
            if typed[key] != value
        },
        changed=query.changed_facts,
        wrong=query.wrong_facts,
    )


def options(names: Mapping[str, str]) -> tuple[Option, ...]:
    """Return these as options."""
    return tuple(Option(value=key, text=text) for key, text in names.items())


def _steps(reading: MachineReader, commissioning: Commissioning) -> tuple[Step, ...]:
    ticks = [step.tick.by for step in commissioning.steps if step.tick]
    names = names_of(reading.db, ticks)
    return steps(
        commissioning,
        step_evidence(reading.db, commissioning, reading.now),
        names,
        reading.now,
        reading.zone,
    )


def step_evidence(
    db: Session, commissioning: Commissioning, now: Utc
) -> dict[StepName, tuple[str, Utc]]:
    """Return the newest event of the last half hour that proves each missing step, with its
    time."""
    if (
        commissioning.commissioned
        or not commissioning.missing
        or not is_allowed(Permission.EVENTS_READ)
    ):
        return {}
    recent = events.page(
        db,
        actor=actor(),
        filters=events.Filter(
            since=Utc.of(now - SEEN_FOR), access_point=commissioning.access_point
        ),
        cursor=Cursor(limit=_EVENTS),
    )
    evidence: dict[StepName, tuple[str, Utc]] = {}
    for step in commissioning.steps:
        if step.step not in commissioning.missing:
            continue
        for event in recent.items:
            is_of_step = event.type in step.events and event.agent_id == commissioning.agent_id
            if is_of_step and all(
                event.data.get(key) == value for key, value in step.fields.items()
            ):
                evidence[step.step] = (event.event_id, event.at or event.received_at)
    return evidence


def requirement_on_trial() -> RequirementShape | None:
    """Return the requirement in the address if one is on trial, otherwise None. Raises Invalid."""
    fields: MultiDict[str, str] = request.args
    return rule_words.from_form(fields) if rule_words.DRAFT_FIELD in fields else None

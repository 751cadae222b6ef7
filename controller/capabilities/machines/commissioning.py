"""Commissioning: the tests that people confirm at an access point before it goes into service."""

import msgspec
from sqlalchemy.orm import Session

from controller.capabilities.agents.models import AgentState
from controller.capabilities.machines.access_points import access_point_row, record_change
from controller.capabilities.machines.commissioning_plan import (
    Plan,
    plan_of,
    reported_wiring,
    ticks_of,
)
from controller.capabilities.machines.models import AccessPointRow, CommissioningTick
from controller.capabilities.machines.shapes import Commissioning, CommissioningStep, NewTick, Tick
from controller.domain.commissioning import Step
from controller.domain.facts import Language
from controller.domain.locale.commissioning import instruction, question
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Conflict, Invalid, NotFound
from controller.kernel.journal import stored_event
from controller.kernel.mapping import to_shape
from controller.kernel.shapes import DecisionText
from controller.kernel.translation import in_every_language, translator


def get(db: Session, access_point_id: str, *, actor: Actor) -> Commissioning:
    """Return the progress of an access point's commissioning. Raises NotFound."""
    return _shape(db, access_point_row(db, access_point_id, actor))


def tick(
    db: Session, access_point_id: str, step: str, new: NewTick, *, actor: Actor, now: Utc
) -> Commissioning:
    """Record that somebody has seen a step.

    Raises NotFound, Forbidden, Conflict (no wiring), Invalid.
    """
    row = _changeable_point(db, access_point_id, actor)
    plan = _plan_now(db, row)
    plan_step = next(
        (planned_step for planned_step in plan.steps if planned_step.name == step), None
    )
    if plan_step is None:
        raise NotFound("commissioning step", step)
    _check(db, row, plan_step, new)
    state = db.get(AgentState, row.agent_id)
    new_tick = CommissioningTick(
        access_point_id=row.id,
        step=plan_step.name,
        at=now,
        by=actor.ref,
        event_id=new.event_id,
        remark=new.remark,
        agent_id=row.agent_id,
        wiring=plan.digests[plan_step.name],
        agent_version=None if state is None else state.version,
    )
    db.merge(new_tick)
    record_change(db, row, "commissioning_ticked", actor, now, step=plan_step.name)
    return _shape(db, row)


def finish(db: Session, access_point_id: str, *, actor: Actor, now: Utc) -> Commissioning:
    """Put the point into service. Raises NotFound, Forbidden, and Conflict with the missing
    steps."""
    row = _changeable_point(db, access_point_id, actor)
    if missing := _plan_now(db, row).missing(ticks_of(db, row)):
        raise Conflict(f"{row.id} is not commissioned; not ticked yet: {', '.join(missing)}")
    if not row.commissioned:
        row.commissioned = True
        record_change(db, row, "access_point_commissioned", actor, now)
    return _shape(db, row)


def restart(db: Session, access_point_id: str, *, actor: Actor, now: Utc) -> Commissioning:
    """Reset all steps, as after a repair, and take the point out of service. Raises as `tick`."""
    row = _changeable_point(db, access_point_id, actor)
    for old_tick in ticks_of(db, row).values():
        db.delete(old_tick)
    row.commissioned = False
    record_change(db, row, "commissioning_restarted", actor, now)
    return _shape(db, row)


def _changeable_point(db: Session, access_point_id: str, actor: Actor) -> AccessPointRow:
    row = access_point_row(db, access_point_id, actor)
    actor.require(Permission.RULES_WRITE, row.site_id)
    return row


def _check(db: Session, row: AccessPointRow, step: Step, new: NewTick) -> None:
    if new.event_id is None:
        if new.remark is None:
            raise Invalid.of("remark", "required: describe what you saw, since no event shows it")
        return
    event = stored_event(db, new.event_id)
    raw = None
    if event is not None and (event.access_point_id, event.agent_id) == (row.id, row.agent_id):
        raw = event.raw
    if raw is None or not step.shown_by(msgspec.json.decode(raw)):
        raise Invalid.of("event_id", f"no event of {row.id} that shows {step.name}")


def _plan_now(db: Session, row: AccessPointRow) -> Plan:
    plan = plan_of(row, row.agent_id, reported_wiring(db, row.agent_id))
    if plan is None:
        raise Conflict(f"{row.id} has no agent, or its agent has not reported its wiring yet")
    return plan


def _shape(db: Session, row: AccessPointRow) -> Commissioning:
    plan = plan_of(row, row.agent_id, reported_wiring(db, row.agent_id))
    ticks = ticks_of(db, row)
    shown_plan = plan or Plan((), {})
    return Commissioning(
        access_point=row.id,
        commissioned=row.commissioned,
        agent_id=row.agent_id,
        wired=plan is not None,
        missing=shown_plan.missing(ticks),
        steps=tuple(_step(db, step, shown_plan, ticks.get(step.name)) for step in shown_plan.steps),
    )


def _step(db: Session, step: Step, plan: Plan, tick: CommissioningTick | None) -> CommissioningStep:
    return CommissioningStep(
        step=step.name,
        events=step.events,
        fields=dict(step.fields),
        do=in_every_language(db, lambda language_words: instruction(step, language_words)),
        see=_question(db, step),
        tick=None if tick is None else to_shape(tick, Tick, holds=plan.holds(tick)),
    )


def _question(db: Session, step: Step) -> DecisionText | None:
    if question(step, translator(db, Language.FR)) is None:
        return None
    return in_every_language(db, lambda language_words: question(step, language_words) or "")

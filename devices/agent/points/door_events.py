"""Makes the journal's events from the effects of a door's state machine."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from controller.domain.door.events import (
    DoorClosed,
    DoorEffect,
    DoorForced,
    DoorHeld,
    DoorOpened,
    DoorPassed,
    DoorReleased,
    FireRaised,
    FireReset,
    NotUsed,
    RexPressed,
)
from controller.domain.facts import AccessPoint
from controller.domain.ids import MemberRef
from controller.domain.states import FaultKind, ReleaseCause
from controller.wire import events as wire
from controller.wire.events import Event
from devices.agent.journal.ledger import Recorder


@dataclass(frozen=True, slots=True)
class Grant:
    """Somebody who was granted access and has not gone through yet."""

    member: MemberRef
    headcount: int = 1


@dataclass(frozen=True, slots=True)
class EffectContext:
    """What the events of one step need besides its effects."""

    grants: Mapping[str, Grant]
    granted: Grant | None = None
    """The grant that caused this step, if it was a tap."""
    opened_before_s: float | None = None
    """How many seconds the door has been open."""
    pulse_s: float | None = None
    member: MemberRef | None = None
    """The member who has reset a fire alarm."""


def journal_events(
    effects: Iterable[DoorEffect], point: AccessPoint, recorder: Recorder, about: EffectContext
) -> Iterator[Event]:
    """Yield an event for each effect that is journalled, in their order."""
    effects = tuple(effects)
    somebody = any(isinstance(effect, DoorPassed) for effect in effects)
    for effect in effects:
        match effect:
            case DoorReleased():
                yield _released_event(effect, point, recorder, about)
            case DoorOpened() if not somebody:
                yield recorder.event(wire.DoorOpened, point.id)
            case DoorPassed():
                yield _passed_event(effect, point, recorder, about)
            case DoorClosed():
                yield recorder.event(wire.DoorClosed, point.id, open_s=about.opened_before_s)
            case DoorHeld():
                yield recorder.event(wire.DoorHeld, point.id, open_s=about.opened_before_s)
            case DoorForced():
                yield recorder.event(wire.DoorForced, point.id)
            case NotUsed():
                grant = about.grants.get(effect.grant_id)
                member = None if grant is None else grant.member
                yield recorder.event(wire.DoorNotUsed, point.id, member=member)
            case RexPressed():
                yield recorder.event(wire.Rex, point.id)
            case FireRaised():
                yield recorder.event(wire.Fire, point.id)
            case FireReset():
                fire = FaultKind.FIRE.value
                yield recorder.event(wire.FaultReset, point.id, fault=fire, member=about.member)


def _released_event(
    effect: DoorReleased, point: AccessPoint, recorder: Recorder, about: EffectContext
) -> Event:
    member = None if about.granted is None else about.granted.member
    pulsed = effect.cause in (ReleaseCause.GRANT, ReleaseCause.REX, ReleaseCause.COMMAND)
    return recorder.event(
        wire.DoorReleased,
        point.id,
        member=member,
        cause=effect.cause.value,
        pulse_s=about.pulse_s if pulsed else None,
    )


def _passed_event(
    effect: DoorPassed, point: AccessPoint, recorder: Recorder, about: EffectContext
) -> Event:
    """Return the event for somebody going through: it moves the person into a zone."""
    grant = about.grants.get(effect.grant_id) or about.granted
    return recorder.event(
        wire.DoorOpened,
        point.id,
        cause=ReleaseCause.GRANT.value,
        member=None if grant is None else grant.member,
        headcount=1 if grant is None else grant.headcount,
        zone=point.zone,
        from_zone=point.from_zone,
    )

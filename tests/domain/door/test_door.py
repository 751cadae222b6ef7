"""The door, rule by rule, and its laws under any events."""

import math
from dataclasses import replace
from datetime import time

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from controller.domain.door.door import DoorState, initial, next_deadline, public_hours, step
from controller.domain.door.events import (
    Contact,
    DoorClosed,
    DoorEffect,
    DoorEvent,
    DoorForced,
    DoorGranted,
    DoorHeld,
    DoorOpened,
    DoorPassed,
    DoorPhaseChanged,
    DoorRefused,
    DoorReleased,
    DoorTick,
    FireInput,
    FireRaised,
    FireReset,
    FireResetRequested,
    FollowHoursRequested,
    KeepReleasedRequested,
    LockRequested,
    NotUsed,
    PublicHours,
    ReleaseRequested,
    Rex,
    RexPressed,
    SetStrike,
)
from controller.domain.facts import DoorRules, PointKind, Schedule, WeeklyWindow
from controller.domain.states import DoorPhase, Refusal, ReleaseCause
from tests.domain.domain_builders import NOW, Scene, after
from tests.support.laws import examples

LOCKED, RELEASED, OPEN, HELD, FORCED = DoorPhase
RULES = DoorRules(pulse_s=5, held_s=30, open_within_s=10)
OPENS, CLOSES = Contact(open=True), Contact(open=False)
GRANT = DoorGranted(grant_id="g1")


class Hinge:
    """A door with a contact, closed at the start, and a clock that ticks when something is due."""

    def __init__(self, *, contact: bool | None = False) -> None:
        self.state = replace(initial(0.0), contact=contact)

    def at(self, mono_s: float, event: DoorEvent | None = None) -> list[DoorEffect]:
        seen: list[DoorEffect] = []
        while (due := next_deadline(self.state, RULES)) is not None and due < mono_s:
            self.state, effects = step(self.state, DoorTick(), due, RULES)
            seen += effects
        self.state, effects = step(self.state, event or DoorTick(), mono_s, RULES)
        return [*seen, *effects]

    @property
    def phase(self) -> DoorPhase:
        return self.state.phase


def shown(phase: DoorPhase) -> DoorPhaseChanged:
    return DoorPhaseChanged(phase=phase)


def test_granted_opened_closed() -> None:
    d = Hinge()
    assert d.at(1, GRANT) == [
        SetStrike(released=True),
        DoorReleased(cause=ReleaseCause.GRANT),
        shown(RELEASED),
    ]
    assert d.at(3, OPENS) == [DoorOpened(), DoorPassed(grant_id="g1"), shown(OPEN)]
    assert d.at(4, CLOSES) == [SetStrike(released=False), DoorClosed(), shown(LOCKED)]
    assert d.at(60) == []


def test_a_grant_that_nobody_uses() -> None:
    d = Hinge()
    d.at(1, GRANT)
    assert d.at(6) == [SetStrike(released=False), shown(LOCKED)]
    assert d.at(11) == [NotUsed(grant_id="g1")]


def test_opening_within_ten_seconds_of_the_grant_is_passing() -> None:
    d = Hinge()
    d.at(1, GRANT)
    assert d.at(10.9, OPENS)[-2:] == [DoorPassed(grant_id="g1"), shown(OPEN)]


def test_two_grants_and_one_opening() -> None:
    d = Hinge()
    d.at(1, GRANT)
    d.at(2, DoorGranted(grant_id="g2"))
    assert d.at(6.5) == []
    assert d.at(6.9, OPENS)[:3] == [
        DoorOpened(),
        DoorPassed(grant_id="g1"),
        DoorPassed(grant_id="g2"),
    ]


def test_let_in_while_it_stands_open() -> None:
    d = Hinge()
    d.at(1, GRANT)
    d.at(2, OPENS)
    assert DoorPassed(grant_id="g2") in d.at(4, DoorGranted(grant_id="g2"))
    assert d.at(5, CLOSES) == [DoorClosed(), shown(RELEASED)]
    assert d.at(6, OPENS) == [DoorOpened(), shown(OPEN)]


def test_without_a_contact_nobody_can_tell() -> None:
    d = Hinge(contact=None)
    d.at(1, GRANT)
    assert d.phase is RELEASED
    assert d.at(20) == [SetStrike(released=False), shown(LOCKED)]


def test_exit_button() -> None:
    d = Hinge()
    assert d.at(1, Rex()) == [
        SetStrike(released=True),
        RexPressed(),
        DoorReleased(cause=ReleaseCause.REX),
        shown(RELEASED),
    ]
    assert d.at(8, OPENS) == [SetStrike(released=False), shown(LOCKED), DoorOpened(), shown(OPEN)]
    d.at(9, CLOSES)
    d.at(10, Rex())
    d.at(30)
    assert d.phase is LOCKED


def test_held_and_closed_again() -> None:
    d = Hinge()
    d.at(1, GRANT)
    d.at(2, OPENS)
    assert d.at(32)[-2:] == [DoorHeld(), shown(HELD)]
    assert d.at(100) == []
    assert d.at(101, CLOSES) == [DoorClosed(), shown(LOCKED)]


def test_forced() -> None:
    d = Hinge()
    assert d.at(1, OPENS) == [DoorForced(), shown(FORCED)]
    assert d.at(1, OPENS) == []
    assert d.at(60) == []
    assert d.at(61, CLOSES) == [DoorClosed(), shown(LOCKED)]


def test_found_open_at_start_is_not_forced() -> None:
    d = Hinge(contact=None)
    assert d.at(0, OPENS) == [DoorOpened(), shown(OPEN)]
    e = Hinge(contact=None)
    assert e.at(0, CLOSES) == []


def test_public_hours_keep_it_released_and_nothing_is_held_or_forced() -> None:
    d = Hinge()
    assert d.at(1, PublicHours(open=True)) == [
        SetStrike(released=True),
        DoorReleased(cause=ReleaseCause.SCHEDULE),
        shown(RELEASED),
    ]
    assert d.at(2, PublicHours(open=True)) == []
    assert d.at(3, OPENS) == [DoorOpened(), shown(OPEN)]
    assert d.at(100) == []
    assert d.at(100, GRANT) == [DoorPassed(grant_id="g1")]
    assert d.at(200, PublicHours(open=False)) == [SetStrike(released=False)]
    assert d.at(230) == [DoorHeld(), shown(HELD)]


def test_staff_releases_keeps_and_locks() -> None:
    d = Hinge()
    assert DoorReleased(cause=ReleaseCause.COMMAND) in d.at(1, ReleaseRequested())
    d.at(6)
    assert d.phase is LOCKED
    assert DoorReleased(cause=ReleaseCause.HOLD) in d.at(7, KeepReleasedRequested())
    assert d.at(1000) == []
    assert d.at(1001, LockRequested()) == [SetStrike(released=False), shown(LOCKED)]


def test_left_to_its_hours_it_is_what_they_say() -> None:
    d = Hinge()
    d.at(1, KeepReleasedRequested())
    assert d.at(2, FollowHoursRequested()) == [SetStrike(released=False), shown(LOCKED)]
    d.at(3, PublicHours(open=True))
    d.at(4, KeepReleasedRequested())
    assert d.at(5, FollowHoursRequested()) == []
    assert d.phase is RELEASED
    d.at(6, LockRequested())
    assert d.at(7, FollowHoursRequested()) == [
        SetStrike(released=True),
        DoorReleased(cause=ReleaseCause.SCHEDULE),
        shown(RELEASED),
    ]


def test_staff_locks_in_public_hours_until_they_begin_anew() -> None:
    d = Hinge()
    d.at(1, PublicHours(open=True))
    d.at(2, LockRequested())
    assert d.phase is LOCKED
    d.at(3, GRANT)
    assert d.phase is RELEASED
    d.at(20, PublicHours(open=False))
    d.at(30, PublicHours(open=True))
    assert d.phase is RELEASED


def test_fire_releases_and_software_does_not_lock_again() -> None:
    d = Hinge()
    assert d.at(1, FireInput(active=True)) == [
        SetStrike(released=True),
        FireRaised(),
        DoorReleased(cause=ReleaseCause.FIRE),
        shown(RELEASED),
    ]
    assert d.at(2, FireInput(active=True)) == []
    assert d.at(3, LockRequested()) == [DoorRefused(why=Refusal.FIRE)]
    assert d.at(4, FireResetRequested(on_the_spot=True)) == [DoorRefused(why=Refusal.INPUT_OPEN)]
    assert d.at(5, FireInput(active=False)) == []
    assert d.at(6, FireResetRequested(on_the_spot=False)) == [
        DoorRefused(why=Refusal.ON_THE_SPOT_ONLY)
    ]
    again = initial(0.0, fire_latched=d.state.fire_latched)
    assert (again.phase, again.strike_released) == (RELEASED, True)
    assert d.at(7, FireResetRequested(on_the_spot=True)) == [
        SetStrike(released=False),
        FireReset(),
        shown(LOCKED),
    ]
    assert d.at(8, FireResetRequested(on_the_spot=True)) == [DoorRefused(why=Refusal.NO_FAULT)]


def test_time_does_not_run_backwards() -> None:
    d = Hinge()
    d.at(10, GRANT)
    d.at(5, DoorTick())
    assert d.state.at_s == 10


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, True),
        ({"in_service": False}, False),
        ({"commissioned": False}, False),
        ({"door": DoorRules()}, False),
        ({"door": DoorRules(public_schedule="no-such")}, False),
    ],
)
def test_when_it_is_public(change: dict[str, object], expected: bool) -> None:
    door = Scene().with_point(kind=PointKind.DOOR, door=DoorRules(public_schedule="daytime"))
    point, site = door.with_point(**change).point, door.site
    assert public_hours(point, site, NOW) is expected
    assert not public_hours(point, site, after(hours=12))
    tuesday = Schedule(weekly=(WeeklyWindow(weekday=1, start=time(0), end=time(0)),))
    assert public_hours(point, replace(site, schedules={"daytime": tuesday}), NOW) is expected


EVENTS: st.SearchStrategy[DoorEvent] = st.one_of(
    st.builds(DoorGranted, grant_id=st.uuids().map(str)),
    st.builds(Contact, open=st.booleans()),
    st.builds(FireInput, active=st.booleans()),
    st.builds(PublicHours, open=st.booleans()),
    st.builds(FireResetRequested, on_the_spot=st.booleans()),
    st.sampled_from(
        [
            Rex(),
            ReleaseRequested(),
            KeepReleasedRequested(),
            LockRequested(),
            FollowHoursRequested(),
            DoorTick(),
        ]
    ),
)


class Doors(RuleBasedStateMachine):
    """One door, and beside it a strike that only does what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0
        self.state = initial(0.0)
        self.is_released = False
        self.granted: set[str] = set()
        self.answered: set[str] = set()
        self.fire = False

    def run(self, event: DoorEvent, at_s: float) -> None:
        self.now_s = at_s
        could_open = bool(self.state.passages) or self.state.wants_release
        self.state, effects = step(self.state, event, at_s, RULES)
        for effect in effects:
            match effect:
                case SetStrike(released=released):
                    assert released is not self.is_released
                    self.is_released = released
                case DoorPassed(grant_id=id) | NotUsed(grant_id=id):
                    assert id in self.granted - self.answered
                    self.answered.add(id)
                case DoorForced():
                    assert event == OPENS
                    assert not could_open
                case FireRaised():
                    self.fire = True
                case FireReset():
                    assert event == FireResetRequested(on_the_spot=True)
                    self.fire = False
                case _:
                    pass

    @rule(event=EVENTS)
    def happens(self, event: DoorEvent) -> None:
        if isinstance(event, DoorGranted):
            self.granted.add(event.grant_id)
        self.run(event, self.now_s)

    @rule(seconds=st.sampled_from([1.0, 6.0, 11.0, 100.0]))
    def passes(self, seconds: float) -> None:
        until = self.now_s + seconds
        while (due := next_deadline(self.state, RULES)) is not None and due <= until:
            self.run(DoorTick(), max(due, self.now_s))
        self.run(DoorTick(), until)

    @rule()
    def restarts(self) -> None:
        saved = msgspec.json.decode(msgspec.json.encode(self.state), type=DoorState)
        assert saved == self.state
        self.state = initial(self.now_s, fire_latched=saved.fire_latched)
        self.is_released = self.state.strike_released
        self.granted.clear()
        self.answered.clear()

    @invariant()
    def strike_does_as_told(self) -> None:
        assert self.is_released is self.state.strike_released

    @invariant()
    def a_fire_keeps_it_released(self) -> None:
        assert self.state.fire_latched is self.fire
        assert self.is_released or not self.fire

    @invariant()
    def the_phase_says_what_is(self) -> None:
        is_leaf_open = self.state.phase in (OPEN, HELD, FORCED)
        assert is_leaf_open is bool(self.state.contact)
        if not is_leaf_open:
            assert (self.state.phase is RELEASED) is self.is_released

    @invariant()
    def nothing_due_is_forgotten(self) -> None:
        due = next_deadline(self.state, RULES)
        assert due is None or due > self.now_s or math.isclose(due, self.now_s)


TestDoors = Doors.TestCase
TestDoors.settings = settings(max_examples=examples(100), stateful_step_count=30, deadline=None)

"""The laws of decide(): total, ordered, every reason reachable, more rights never deny."""

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.domain.access.decide import decide
from controller.domain.access.decision import DenyReason as R
from controller.domain.access.limits import may_matter
from controller.domain.access.missing_rights import missing_rights
from controller.domain.facts import (
    AccessPoint,
    Booking,
    BookingRule,
    Context,
    CredentialStatus,
    HeldCertification,
    HeldStatus,
    Holder,
    MemberStatus,
    Schedule,
    Site,
    Supervisor,
    WeeklyWindow,
)
from controller.domain.ids import AccessPointId
from controller.domain.time import Utc
from tests.domain.access.decide_laws import (
    BASE,
    WIDER,
    bookings,
    contexts,
    helds,
    holders,
    moments,
    near_scenes,
    points,
    sites,
)
from tests.domain.domain_builders import BEN, EVE, NOW, Scene, after


@given(st.none() | holders, points, sites, moments, contexts)
def test_it_is_total(
    holder: Holder | None, point: AccessPoint, site: Site, now: Utc, context: Context
) -> None:
    decision = decide(holder, point, site, now, context)
    assert decision.granted == (decision.reason is None)
    if decision.granted:
        ends = (decision.detail.hours_until, decision.detail.right_until)
        assert all(end is None or end > now for end in ends)
        assert all(notice.at >= now for notice in decision.notices)


@given(st.none() | holders, points, sites, moments)
def test_without_a_context_the_answer_is_no(
    holder: Holder | None, point: AccessPoint, site: Site, now: Utc
) -> None:
    assert not decide(holder, point, site, now, Context()).granted


@given(near_scenes, helds)
def test_adding_a_certification_never_turns_a_grant_into_a_denial(
    scene: Scene, more: HeldCertification
) -> None:
    assert scene.holder is not None
    added = scene.with_holder(certifications=(*scene.holder.certifications, more))
    assert added.decide().granted or not scene.decide().granted


@given(near_scenes)
def test_nobody_lacks_anything_where_it_is_granted(scene: Scene) -> None:
    assert scene.holder is not None
    wanting = missing_rights(scene.holder, scene.point, scene.site, scene.now)
    assert not (wanting and scene.decide().granted)


@given(near_scenes, st.sampled_from(WIDER), st.integers(0, 96))
def test_widening_a_permitting_window_never_turns_a_grant_into_a_denial(
    scene: Scene, widen: Callable[[Scene, int], Scene], hours: int
) -> None:
    assert widen(scene, hours).decide().granted or not scene.decide().granted


def near_booking(booking: Booking, start: int, length: int) -> Booking:
    """Return the booking at another time; start and length in tens of minutes."""
    starts, ends = after(minutes=10 * start), after(minutes=10 * (start + length))
    return replace(booking, starts_at=starts, ends_at=ends)


near_bookings = st.builds(near_booking, bookings, st.integers(-12, 9), st.integers(1, 12))


@given(near_scenes, st.lists(near_bookings, max_size=4))
def test_a_booking_that_cannot_matter_now_changes_no_decision(
    scene: Scene, booked: list[Booking]
) -> None:
    which_matter = tuple(booking for booking in booked if may_matter(booking, scene.now))
    few = replace(scene.context, bookings=which_matter)
    all_of_them = replace(scene.context, bookings=tuple(booked))
    facts = scene.holder, scene.point, scene.site, scene.now
    assert decide(*facts, few) == decide(*facts, all_of_them)


clock_times = st.times().map(lambda t: t.replace(second=0, microsecond=0))
weekly = st.builds(WeeklyWindow, weekday=st.integers(0, 6), start=clock_times, end=clock_times)


@given(st.lists(weekly, max_size=5), weekly, st.integers(-20_000, 20_000))
def test_more_opening_hours_never_turn_a_grant_into_a_denial(
    hours: list[WeeklyWindow], more: WeeklyWindow, at_hour: int
) -> None:
    scene = Scene().at(after(hours=at_hour))
    before = scene.with_site(schedules={"daytime": Schedule(weekly=tuple(hours))})
    wider = scene.with_site(schedules={"daytime": Schedule(weekly=(*hours, more))})
    assert wider.decide().granted or not before.decide().granted


def _hold(scene: Scene, id: str, changed: HeldCertification | None) -> Scene:
    assert scene.holder is not None
    others = tuple(c for c in scene.holder.certifications if c.certification != id)
    return scene.with_holder(certifications=others if changed is None else (*others, changed))


SPOILERS: dict[R, Callable[[Scene], Scene]] = {
    R.CREDENTIAL_UNKNOWN: lambda s: replace(s, holder=None),
    R.CREDENTIAL_LOST: lambda s: s.with_holder(status=CredentialStatus.LOST),
    R.CREDENTIAL_SUSPENDED: lambda s: s.with_holder(status=CredentialStatus.SUSPENDED),
    R.CREDENTIAL_NOT_YET_VALID: lambda s: s.with_holder(valid_from=after(days=1)),
    R.CREDENTIAL_EXPIRED: lambda s: s.with_holder(valid_until=after(days=-1)),
    R.ASSURANCE_TOO_LOW: lambda s: s.with_context(assurance=None),
    R.POLICY_STALE: lambda s: s.with_context(policy_age_s=None),
    R.CLOCK_UNTRUSTED: lambda s: s.with_context(clock_trusted=False),
    R.MEMBER_SUSPENDED: lambda s: s.with_holder(member_status=MemberStatus.SUSPENDED),
    R.SUBSCRIPTION_MISSING: lambda s: s.with_holder(subscription_from=after(days=1)),
    R.SUBSCRIPTION_EXPIRED: lambda s: s.with_holder(subscription_until=after(days=-1)),
    R.OUTSIDE_PLAN_HOURS: lambda s: s.with_site(
        plans={"full": replace(s.site.plans["full"], schedule="never")}
    ),
    R.SITE_CLOSED: lambda s: s.with_site(opening="never"),
    R.OUT_OF_SERVICE: lambda s: s.with_point(in_service=False),
    R.AGENT_TOO_OLD: lambda s: s.with_point(needs=("moon",)),
    R.FAULT_LATCHED: lambda s: s.with_context(fault_latched=True),
    R.CERTIFICATION_MISSING: lambda s: _hold(s, "wood", None),
    R.CERTIFICATION_EXPIRED: lambda s: _hold(
        s, "expired", HeldCertification(certification="expired", valid_until=NOW)
    ),
    R.CERTIFICATION_SUSPENDED: lambda s: _hold(
        s, "stopped", HeldCertification(certification="stopped", status=HeldStatus.SUSPENDED)
    ),
    R.DOCUMENT_MISSING: lambda s: _hold(s, "paper", None),
    R.SUPERVISOR_REQUIRED: lambda s: s.with_requirement(supervisor=Supervisor.WINDOW),
    R.COMPANY_REQUIRED: lambda s: s.with_requirement(company=2),
    R.BOOKING_REQUIRED: lambda s: s.with_requirement(booking=BookingRule.REQUIRED),
    R.BOOKED_BY_OTHER: lambda s: s.with_context(
        bookings=(
            Booking(
                access_point=AccessPointId(s.point.id),
                member=BEN,
                starts_at=NOW,
                ends_at=after(hours=1),
            ),
        )
    ),
    R.IN_USE: lambda s: s.with_context(held_by=EVE),
    R.ZONE_FULL: lambda s: s.with_context(zone_count=10, zone_count_age_s=0.0),
    R.INTERLOCK_OPEN: lambda s: s.with_context(open_interlocks=("interlock",)),
}


def test_the_spoilers_are_the_reasons_in_their_order() -> None:
    assert list(SPOILERS) == list(R)
    assert BASE.decide().granted


@pytest.mark.parametrize("reason", R)
def test_every_reason_is_reachable(reason: R) -> None:
    assert SPOILERS[reason](BASE).decide().reason is reason


@pytest.mark.parametrize("pair", list(combinations(R, 2)), ids="-".join)
def test_of_two_reasons_the_earlier_wins(pair: tuple[R, R]) -> None:
    first, second = pair
    assert SPOILERS[first](SPOILERS[second](BASE)).decide().reason is first

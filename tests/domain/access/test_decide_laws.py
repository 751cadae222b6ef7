"""The laws of decide(): total, ordered, every reason reachable, more rights never deny."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.domain.access.decide import decide
from controller.domain.access.lacks import lacks
from controller.domain.access.reasons import DenyReason as R
from controller.domain.facts import (
    AccessPoint,
    Assurance,
    Booking,
    BookingRule,
    Context,
    CredentialKind,
    CredentialStatus,
    Held,
    HeldStatus,
    Holder,
    Level,
    MemberStatus,
    PointKind,
    RecentTap,
    Requirement,
    Risk,
    Schedule,
    SessionRules,
    Site,
    Subscribed,
    Supervisor,
    Takeover,
    WeeklyWindow,
    Window,
)
from controller.domain.ids import AccessPointId
from controller.domain.time import Utc
from tests.domain.domain_builders import ANA, BEN, DAYTIME, EVE, LASER, NOW, Scene, after, site

# Any facts at all, from few values so that they meet.

members = st.sampled_from([ANA, BEN, EVE])
moments = st.integers(-72, 72).map(lambda h: after(hours=h))
maybe = st.none() | moments
certification_ids = st.sampled_from(["laser", "wood", "rules", "unheard-of"])
booleans = st.booleans()
windows = st.builds(
    Window,
    zone=st.sampled_from(["workshop", "office"]),
    supervisor=members,
    opened_at=moments,
    until=moments,
)
helds = st.builds(
    Held,
    certification=certification_ids,
    level=st.sampled_from(Level),
    status=st.sampled_from(HeldStatus),
    valid_from=maybe,
    valid_until=maybe,
)
subscriptions = st.builds(
    Subscribed,
    plan=st.sampled_from(["full", "morning", "night", "upstairs", "gone"]),
    subscription_from=maybe,
    subscription_until=maybe,
    grace_days=st.integers(0, 3),
)
holders = st.builds(
    Holder,
    member=members,
    kind=st.sampled_from(CredentialKind),
    status=st.sampled_from([CredentialStatus.ACTIVE, *CredentialStatus]),
    valid_from=maybe,
    valid_until=maybe,
    assurance=st.sampled_from(Assurance),
    member_status=st.sampled_from([MemberStatus.ACTIVE, *MemberStatus]),
    plan=st.sampled_from([None, "full", "full", "morning", "night", "upstairs", "gone"]),
    subscription_from=maybe,
    subscription_until=maybe,
    grace_days=st.integers(-1, 3),
    subscriptions=st.lists(subscriptions, max_size=2).map(tuple),
    certifications=st.lists(helds, max_size=4).map(tuple),
    maintains=st.sampled_from([(), (LASER,)]),
    supervises=st.sampled_from([(), ("workshop",)]),
    headcount=st.none() | st.integers(0, 20),
)
requirements = st.builds(
    Requirement,
    certifications=st.lists(st.lists(certification_ids, max_size=2).map(tuple), max_size=2).map(
        tuple
    ),
    plans=st.sampled_from([(), ("full",), ("night", "morning")]),
    subscription=booleans,
    assurance=st.sampled_from(Assurance),
    supervisor=st.sampled_from(Supervisor),
    company=st.integers(0, 2),
    booking=st.sampled_from(BookingRule),
)
points = st.builds(
    AccessPoint,
    id=st.just(LASER),
    kind=st.sampled_from(PointKind),
    zone=st.sampled_from([None, "workshop", "office"]),
    in_service=booleans,
    commissioned=booleans,
    risk=st.sampled_from(Risk),
    requirement=requirements,
    session=st.builds(SessionRules, takeover=st.sampled_from(Takeover)),
    policy_max_age_s=st.none() | st.integers(0, 1000),
    needs=st.sampled_from([(), (), ("moon",)]),
)
sites = st.builds(
    lambda opening, zone_name: replace(site(), opening=opening, time_zone=zone_name),
    st.sampled_from([None, "daytime", "mornings", "never", "gone"]),
    st.sampled_from(["Europe/Paris", "UTC", "Nowhere/Land", "../etc", "Europe"]),
)
bookings = st.builds(
    Booking, access_point=st.just(LASER), member=members, starts_at=moments, ends_at=moments
)
contexts = st.builds(
    Context,
    assurance=st.none() | st.sampled_from(Assurance),
    clock_trusted=booleans,
    policy_age_s=st.none() | st.floats(0, 2000) | st.just(float("nan")),
    held_by=st.none() | members,
    held_running=st.none() | booleans,
    windows=st.lists(windows, max_size=2).map(tuple),
    recent=st.none()
    | st.builds(
        RecentTap, holder=holders, assurance=st.sampled_from(Assurance), age_s=st.floats(0, 60)
    ),
    admitted_until=maybe,
    zone_count=st.none() | st.integers(0, 20),
    zone_count_age_s=st.none() | st.floats(0, 600),
    bookings=st.lists(bookings, max_size=2).map(tuple),
    present=st.none() | st.integers(0, 3),
    fault_latched=booleans,
    open_interlocks=st.sampled_from([(), (), ("interlock",)]),
    open_start_inputs=st.sampled_from([(), (), ("start-lid",)]),
    unknown_needs=st.sampled_from([(), (), ("moon",)]),
)


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


# Scenes near a grant, so that many are granted before something is added.

near_holders = st.builds(
    lambda base, certifications, until: replace(
        base, certifications=(*base.certifications, *certifications), subscription_until=until
    ),
    st.just(Scene().holder),
    st.lists(helds, max_size=3),
    st.none() | st.integers(1, 72).map(lambda h: after(hours=h)),
)
near_requirements = st.builds(
    Requirement,
    certifications=st.lists(
        st.lists(st.sampled_from(["laser", "wood", "rules"]), min_size=1, max_size=2).map(tuple),
        max_size=2,
    ).map(tuple),
    supervisor=st.sampled_from(Supervisor),
    booking=st.sampled_from(BookingRule),
)
near_contexts = st.builds(
    lambda base, windows, bookings: replace(base, windows=tuple(windows), bookings=tuple(bookings)),
    st.just(Scene().context),
    st.lists(windows, max_size=2),
    st.lists(bookings.map(lambda b: replace(b, member=ANA)), max_size=1),
)
near_scenes = st.builds(
    lambda holder, requirement, context: (
        replace(Scene(), holder=holder, context=context).with_point(requirement=requirement).at(NOW)
    ),
    near_holders,
    near_requirements,
    near_contexts,
)


@given(near_scenes, helds)
def test_adding_a_certification_never_turns_a_grant_into_a_denial(scene: Scene, more: Held) -> None:
    assert scene.holder is not None
    added = scene.with_holder(certifications=(*scene.holder.certifications, more))
    assert added.decide().granted or not scene.decide().granted


@given(near_scenes)
def test_nobody_lacks_anything_where_it_is_granted(scene: Scene) -> None:
    assert scene.holder is not None
    wanting = lacks(scene.holder, scene.point, scene.site, scene.now)
    assert not (wanting and scene.decide().granted)


WIDER: list[Callable[[Scene, int], Scene]] = [
    lambda s, h: s.with_holder(subscription_until=_later(s.holder.subscription_until, h)),  # type: ignore[union-attr]
    lambda s, h: s.with_holder(
        certifications=tuple(
            replace(c, valid_from=_earlier(c.valid_from, h), valid_until=_later(c.valid_until, h))
            for c in s.holder.certifications  # type: ignore[union-attr]
        )
    ),
    lambda s, h: s.with_context(
        windows=tuple(
            replace(w, opened_at=w.opened_at - _hours(h), until=w.until + _hours(h))
            for w in s.context.windows
        )
    ),
    lambda s, h: s.with_context(
        bookings=tuple(
            replace(b, starts_at=b.starts_at - _hours(h), ends_at=b.ends_at + _hours(h))
            for b in s.context.bookings
        )
    ),
]


def _hours(hours: int) -> timedelta:
    return timedelta(hours=hours)


def _later(moment: Utc | None, hours: int) -> Utc | None:
    return moment + _hours(hours) if moment is not None else None


def _earlier(moment: Utc | None, hours: int) -> Utc | None:
    return _later(moment, -hours)


@given(near_scenes, st.sampled_from(WIDER), st.integers(0, 96))
def test_widening_a_permitting_window_never_turns_a_grant_into_a_denial(
    scene: Scene, widen: Callable[[Scene, int], Scene], hours: int
) -> None:
    assert widen(scene, hours).decide().granted or not scene.decide().granted


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


# Order: spoil a granted scene in two ways, and the earlier reason wins.

FOUR = ("wood", "expired", "stopped", "paper")

BASE = (
    Scene()
    .with_point(kind=PointKind.DOOR)
    .with_requirement(certifications=tuple((c,) for c in FOUR))
    .with_holder(certifications=tuple(Held(certification=c) for c in FOUR))
    .with_site(
        certifications={**site().certifications, "paper": site().certifications["rules"]},
        schedules={"daytime": DAYTIME, "never": Schedule(), "mornings": DAYTIME},
    )
)


def _hold(scene: Scene, id: str, changed: Held | None) -> Scene:
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
        s, "expired", Held(certification="expired", valid_until=NOW)
    ),
    R.CERTIFICATION_SUSPENDED: lambda s: _hold(
        s, "stopped", Held(certification="stopped", status=HeldStatus.SUSPENDED)
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

"""What tests of decide laws share with others."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from hypothesis import strategies as st

from controller.domain.facts import (
    AccessPoint,
    Assurance,
    Booking,
    BookingRule,
    Context,
    CredentialKind,
    CredentialStatus,
    HeldCertification,
    HeldStatus,
    Holder,
    Level,
    MemberStatus,
    OtherSubscription,
    PointKind,
    RecentTap,
    Requirement,
    Risk,
    Schedule,
    SessionRules,
    Supervisor,
    Takeover,
    Window,
)
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
    HeldCertification,
    certification=certification_ids,
    level=st.sampled_from(Level),
    status=st.sampled_from(HeldStatus),
    valid_from=maybe,
    valid_until=maybe,
)
subscriptions = st.builds(
    OtherSubscription,
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


# Order: spoil a granted scene in two ways, and the earlier reason wins.

FOUR = ("wood", "expired", "stopped", "paper")

BASE = (
    Scene()
    .with_point(kind=PointKind.DOOR)
    .with_requirement(certifications=tuple((c,) for c in FOUR))
    .with_holder(certifications=tuple(HeldCertification(certification=c) for c in FOUR))
    .with_site(
        certifications={**site().certifications, "paper": site().certifications["rules"]},
        schedules={"daytime": DAYTIME, "never": Schedule(), "mornings": DAYTIME},
    )
)

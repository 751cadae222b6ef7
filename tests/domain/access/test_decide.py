"""decide(), rule by rule: what each reason needs, and what it explains."""

from dataclasses import replace
from datetime import timedelta

import pytest

from controller.domain.access.decide import Detail, NoticeKind, denial_reason, identify, review
from controller.domain.access.decision import DenyReason as R
from controller.domain.facts import (
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
    Plan,
    PointKind,
    Risk,
    Supervisor,
    Takeover,
)
from controller.domain.ids import AccessPointId, MemberRef
from controller.domain.time import Utc
from tests.domain.domain_builders import (
    ANA,
    BEN,
    EVE,
    LASER,
    NOW,
    Scene,
    after,
    supervisor_tap,
    window,
)


def denied(scene: Scene, reason: R) -> Detail:
    """The detail of that denial."""
    decision = scene.decide()
    assert (decision.granted, decision.reason) == (False, reason)
    if scene.holder is not None:
        assert _denial_reason(scene, scene.holder) is reason
    assert decision.notices == ()
    assert decision.at == scene.now
    return decision.detail


def granted(scene: Scene) -> Detail:
    """The detail of the grant."""
    decision = scene.decide()
    assert decision.reason is None
    assert decision.granted
    assert scene.holder is not None
    assert _denial_reason(scene, scene.holder) is None
    return decision.detail


def _denial_reason(scene: Scene, holder: Holder) -> R | None:
    return denial_reason(holder, scene.point, scene.site, scene.now, scene.context)


def booking(member: MemberRef, start: Utc, end: Utc, at: AccessPointId = LASER) -> Booking:
    return Booking(access_point=at, member=member, starts_at=start, ends_at=end)


def test_everything_in_order_is_granted_until_the_site_closes() -> None:
    assert granted(Scene()).hours_until == Utc.parse("2026-11-24T17:00:00.000Z")


def test_without_facts_the_answer_is_no() -> None:
    denied(replace(Scene(), holder=None), R.CREDENTIAL_UNKNOWN)
    denied(replace(Scene(), context=Context()), R.ASSURANCE_TOO_LOW)
    denied(replace(Scene(), context=Context(assurance=Assurance.UID)), R.POLICY_STALE)


# Badge


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (CredentialStatus.LOST, R.CREDENTIAL_LOST),
        (CredentialStatus.SUSPENDED, R.CREDENTIAL_SUSPENDED),
    ],
)
def test_badge_that_is_not_active(status: CredentialStatus, reason: R) -> None:
    denied(Scene().with_holder(status=status), reason)


def test_badge_within_its_time() -> None:
    not_yet = denied(Scene().with_holder(valid_from=after(days=1)), R.CREDENTIAL_NOT_YET_VALID)
    assert not_yet.valid_from == after(days=1)
    assert denied(Scene().with_holder(valid_until=NOW), R.CREDENTIAL_EXPIRED).expired_since == NOW
    until = granted(Scene().with_holder(valid_from=NOW, valid_until=after(hours=1))).right_until
    assert until == after(hours=1)


def test_a_copied_number_of_a_better_card_opens_nothing() -> None:
    scene = Scene().with_holder(assurance=Assurance.AES)
    assert denied(scene, R.ASSURANCE_TOO_LOW).assurance is Assurance.AES
    granted(scene.with_context(assurance=Assurance.AES))


def test_the_point_may_ask_for_more_than_the_badge_is_registered_for() -> None:
    scene = Scene().with_requirement(assurance=Assurance.SUN)
    assert denied(scene, R.ASSURANCE_TOO_LOW).assurance is Assurance.SUN
    granted(scene.with_context(assurance=Assurance.AES))


def test_who_has_proved_herself_may_leave_whatever_else_is_denied() -> None:
    scene = Scene().with_context(policy_age_s=None)
    assert identify(scene.holder, scene.point, NOW, scene.context) is None
    assert identify(None, scene.point, NOW, scene.context) is R.CREDENTIAL_UNKNOWN
    assert identify(scene.holder, scene.point, NOW, Context()) is R.ASSURANCE_TOO_LOW


# Fresh facts, trusted clock


@pytest.mark.parametrize(("risk", "days"), [(Risk.DANGEROUS, 3), (Risk.LOW, 14), (Risk.DOOR, 30)])
def test_facts_go_stale_by_risk(risk: Risk, days: int) -> None:
    scene = Scene().with_point(risk=risk)
    granted(scene.with_context(policy_age_s=days * 86_400.0))
    detail = denied(scene.with_context(policy_age_s=days * 86_400.0 + 1), R.POLICY_STALE)
    assert detail.policy_age_s == days * 86_400.0 + 1


def test_the_point_may_set_its_own_age() -> None:
    scene = Scene().with_point(policy_max_age_s=60).with_context(policy_age_s=61.0)
    denied(scene, R.POLICY_STALE)
    denied(scene.with_context(policy_age_s=float("nan")), R.POLICY_STALE)


@pytest.mark.parametrize("risk", [Risk.LOW, Risk.DOOR])
def test_an_untrusted_clock_refuses_only_what_is_dangerous(risk: Risk) -> None:
    scene = Scene().with_context(clock_trusted=False)
    denied(scene, R.CLOCK_UNTRUSTED)
    granted(scene.with_point(risk=risk))


# Member, subscription, hours


@pytest.mark.parametrize("status", [MemberStatus.SUSPENDED, MemberStatus.LEFT])
def test_suspended_members(status: MemberStatus) -> None:
    assert denied(Scene().with_holder(member_status=status), R.MEMBER_SUSPENDED) == Detail()


def test_subscription_to_a_plan_that_opens_the_point() -> None:
    assert "full" in denied(Scene().with_holder(plan=None), R.SUBSCRIPTION_MISSING).plans
    denied(Scene().with_holder(plan="gone"), R.SUBSCRIPTION_MISSING)
    elsewhere = denied(Scene().with_holder(plan="upstairs"), R.SUBSCRIPTION_MISSING)
    assert "upstairs" not in elsewhere.plans
    only_night = Scene().with_requirement(plans=("night",))
    assert denied(only_night, R.SUBSCRIPTION_MISSING).plans == ("night",)
    granted(only_night.with_holder(plan="night"))
    granted(Scene().with_holder(plan=None).with_requirement(subscription=False))


def test_what_ends_at_midnight_ends_today() -> None:
    """Of the badge that is lent until the end of this day nobody reads *tomorrow*."""
    midnight = Utc.parse("2026-11-24T23:00:00.000Z")  # in Paris
    for end, days in ((midnight, 0), (Utc.of(midnight + timedelta(milliseconds=1)), 1)):
        scene = Scene().with_holder(valid_until=end)
        notices = scene.decide().notices
        assert [(notice.kind, notice.days) for notice in notices] == [
            (NoticeKind.CREDENTIAL_ENDS, days)
        ]


def test_subscription_within_its_time_and_days_of_grace() -> None:
    early = denied(Scene().with_holder(subscription_from=after(days=2)), R.SUBSCRIPTION_MISSING)
    assert early.valid_from == after(days=2)
    over = Scene().with_holder(subscription_until=after(days=-2))
    assert denied(over, R.SUBSCRIPTION_EXPIRED).expired_since == after(days=-2)
    in_grace = over.with_holder(grace_days=3)
    assert granted(in_grace).right_until == after(days=1)
    assert [n.kind for n in in_grace.decide().notices] == [NoticeKind.SUBSCRIPTION_GRACE]
    denied(over.with_holder(grace_days=2), R.SUBSCRIPTION_EXPIRED)


def test_plan_hours() -> None:
    scene = Scene().with_holder(plan="morning")
    assert granted(scene).hours_until == Utc.parse("2026-11-24T11:00:00.000Z")
    later = scene.at(after(hours=2))
    again = denied(later, R.OUTSIDE_PLAN_HOURS).reopens_at
    assert again == Utc.parse("2026-11-25T08:00:00.000Z"), "an hour later than the plan: the site"
    always = later.with_site(opening=None)
    assert denied(always, R.OUTSIDE_PLAN_HOURS).reopens_at == Utc.parse("2026-11-25T07:00:00.000Z")
    gone = Scene().with_site(plans={"full": Plan(schedule="no-such")})
    assert denied(gone, R.OUTSIDE_PLAN_HOURS).reopens_at is None


def test_site_hours_but_not_for_a_plan_outside_them() -> None:
    night = Scene().at(after(hours=12))
    assert denied(night, R.SITE_CLOSED).reopens_at == Utc.parse("2026-11-25T08:00:00.000Z")
    assert granted(night.with_holder(plan="night")).hours_until is None
    denied(Scene().with_site(opening="no-such"), R.SITE_CLOSED)
    assert granted(night.with_site(opening=None)).hours_until is None
    free = night.with_requirement(subscription=False).with_holder(plan="night")
    denied(free, R.SITE_CLOSED)


def test_whoever_stays_after_closing_is_let_out() -> None:
    night = Scene(now=Utc.parse("2026-11-24T23:00:00.000Z")).with_site(opening="never")
    denied(night.with_point(kind=PointKind.DOOR, from_zone="hall"), R.SITE_CLOSED)
    granted(night.with_point(kind=PointKind.DOOR, from_zone="hall", zone=None))


def test_nobody_is_kept_in_by_a_subscription_that_ended_meanwhile() -> None:
    over = Scene().with_holder(subscription_until=after(hours=-1)).with_point(kind=PointKind.DOOR)
    denied(over.with_point(from_zone="hall"), R.SUBSCRIPTION_EXPIRED)
    granted(over.with_point(from_zone="hall", zone=None))


@pytest.mark.parametrize("kind", [CredentialKind.GROUP, CredentialKind.GUEST])
def test_groups_and_guests_are_let_out_by_nobody_but_themselves(kind: CredentialKind) -> None:
    inside = Scene().with_holder(kind=kind).with_point(kind=PointKind.DOOR, from_zone="shop")
    denied(inside, R.SUPERVISOR_REQUIRED)
    granted(inside.with_point(zone=None))


# The point itself


def test_out_of_service_but_for_its_maintainer() -> None:
    scene = Scene().with_point(in_service=False, service_reason="Lentille cassée")
    assert denied(scene, R.OUT_OF_SERVICE).service_reason == "Lentille cassée"
    granted(scene.with_holder(maintains=(LASER,)))
    denied(scene.with_holder(maintains=(AccessPointId("saw"),)), R.OUT_OF_SERVICE)


def test_what_is_not_commissioned_is_out_of_service() -> None:
    scene = Scene().with_point(commissioned=False)
    assert denied(scene, R.OUT_OF_SERVICE).not_commissioned
    granted(scene.with_holder(maintains=(LASER,)))


def test_being_a_maintainer_replaces_no_certification() -> None:
    scene = Scene().with_point(in_service=False)
    denied(scene.with_holder(maintains=(LASER,), certifications=()), R.CERTIFICATION_MISSING)


def test_rules_that_this_program_does_not_know() -> None:
    assert denied(Scene().with_point(needs=("moon",)), R.AGENT_TOO_OLD).needs == ("moon",)
    denied(Scene().with_context(unknown_needs=("moon",)), R.AGENT_TOO_OLD)


def test_a_latched_fault_refuses_everybody() -> None:
    scene = Scene().with_context(fault_latched=True)
    assert not denied(scene, R.FAULT_LATCHED).can_reset
    assert denied(scene.with_holder(maintains=(LASER,)), R.FAULT_LATCHED).can_reset


# Certifications and documents


def held(*, id: str = "laser", **changes: object) -> tuple[HeldCertification, ...]:
    changed = replace(HeldCertification(certification=id), **changes)  # type: ignore[arg-type]
    others = [HeldCertification(certification=c) for c in ("laser", "rules") if c != id]
    return (changed, *others)


def test_missing_certification_names_itself_and_the_next_session() -> None:
    detail = denied(Scene().with_holder(certifications=()), R.CERTIFICATION_MISSING)
    assert detail.certifications == (("laser",),)
    assert detail.next_session == after(days=4)


def test_certification_that_begins_later_is_missing_until_then() -> None:
    scene = Scene().with_holder(certifications=held(valid_from=after(days=1)))
    assert denied(scene, R.CERTIFICATION_MISSING).valid_from == after(days=1)


def test_expired_certification_says_since_when() -> None:
    scene = Scene().with_holder(certifications=held(valid_until=after(days=-3)))
    assert denied(scene, R.CERTIFICATION_EXPIRED).expired_since == after(days=-3)


def test_suspended_certification() -> None:
    scene = Scene().with_holder(certifications=held(status=HeldStatus.SUSPENDED))
    assert denied(scene, R.CERTIFICATION_SUSPENDED).certifications == (("laser",),)


def test_missing_wins_over_expired_and_a_document_comes_last() -> None:
    scene = Scene().with_requirement(certifications=(("rules",), ("laser",), ("wood",)))
    nothing = denied(scene.with_holder(certifications=()), R.CERTIFICATION_MISSING)
    assert nothing.certifications == (("laser",), ("wood",))
    gone = (HeldCertification(certification="laser", valid_until=NOW),)
    assert denied(
        scene.with_holder(certifications=gone), R.CERTIFICATION_MISSING
    ).certifications == (("wood",),)
    only = (HeldCertification(certification="laser"), HeldCertification(certification="wood"))
    assert denied(scene.with_holder(certifications=only), R.DOCUMENT_MISSING).certifications == (
        ("rules",),
    )


def test_a_document_that_is_over_is_missing_since() -> None:
    scene = Scene().with_holder(certifications=held(id="rules", valid_until=after(days=-1)))
    assert denied(scene, R.DOCUMENT_MISSING).expired_since == after(days=-1)


def test_of_a_group_one_is_enough_and_the_best_counts() -> None:
    scene = Scene().with_requirement(certifications=(("laser", "wood"),))
    granted(scene.with_holder(certifications=(HeldCertification(certification="wood"),)))
    both = (
        HeldCertification(certification="laser", valid_until=NOW),
        HeldCertification(certification="wood"),
    )
    granted(scene.with_holder(certifications=both))
    nearest = denied(scene.with_holder(certifications=both[:1]), R.CERTIFICATION_EXPIRED)
    assert nearest.certifications == (("laser", "wood"),)
    denied(scene.with_requirement(certifications=((),)), R.CERTIFICATION_MISSING)


def test_the_right_lasts_as_long_as_the_certification() -> None:
    scene = Scene().with_holder(certifications=held(valid_until=after(days=12)))
    decision = scene.decide()
    assert decision.detail.right_until == after(days=12)
    [notice] = decision.notices
    assert (notice.kind, notice.certification) == (NoticeKind.CERTIFICATION_ENDS, "laser")
    assert notice.days == 12


# Supervision


def test_each_start_needs_a_supervisor_just_before() -> None:
    scene = Scene().with_requirement(supervisor=Supervisor.EACH_START)
    assert denied(scene, R.SUPERVISOR_REQUIRED).supervisor is Supervisor.EACH_START
    granted(scene.with_context(recent=supervisor_tap()))
    denied(scene.with_context(recent=supervisor_tap(age_s=31)), R.SUPERVISOR_REQUIRED)
    denied(scene.with_context(recent=supervisor_tap(member=ANA)), R.SUPERVISOR_REQUIRED)
    granted(scene.with_holder(supervises=("workshop",)))
    granted(scene.with_context(held_by=ANA))


def test_a_supervisor_whose_card_was_copied_opens_nothing() -> None:
    tap = supervisor_tap()
    copied = replace(tap, holder=replace(tap.holder, assurance=Assurance.AES))
    scene = Scene().with_requirement(supervisor=Supervisor.EACH_START)
    denied(scene.with_context(recent=copied), R.SUPERVISOR_REQUIRED)
    lost = replace(tap, holder=replace(tap.holder, status=CredentialStatus.LOST))
    denied(scene.with_context(recent=lost), R.SUPERVISOR_REQUIRED)


def test_window() -> None:
    scene = Scene().with_requirement(supervisor=Supervisor.WINDOW)
    detail = denied(scene, R.SUPERVISOR_REQUIRED)
    assert (detail.supervisor, detail.zone) == (Supervisor.WINDOW, "workshop")
    open_now = scene.with_context(windows=(window(minutes=20), window(minutes=30)))
    assert granted(open_now).right_until == after(minutes=30)
    denied(scene.with_context(windows=(window(minutes=0),)), R.SUPERVISOR_REQUIRED)
    denied(scene.with_context(windows=(window(zone="office"),)), R.SUPERVISOR_REQUIRED)


def test_accompanied_only_in_somebody_elses_window() -> None:
    scene = Scene().with_holder(certifications=held(level=Level.ACCOMPANIED))
    denied(scene, R.SUPERVISOR_REQUIRED)
    granted(scene.with_context(windows=(window(),)))
    denied(scene.with_context(windows=(window(member=ANA),)), R.SUPERVISOR_REQUIRED)


def test_a_group_badge_only_in_a_window() -> None:
    scene = Scene().with_holder(kind=CredentialKind.GROUP, plan=None, headcount=12)
    denied(scene, R.SUPERVISOR_REQUIRED)
    granted(scene.with_context(windows=(window(),)))


def test_a_guest_only_after_a_host_and_then_until_closing() -> None:
    scene = Scene().with_holder(kind=CredentialKind.GUEST, plan=None)
    assert denied(scene, R.SUPERVISOR_REQUIRED).host_needed
    granted(scene.with_context(recent=supervisor_tap()))
    assert granted(scene.with_context(admitted_until=after(hours=1))).right_until == after(hours=1)
    denied(scene.with_context(admitted_until=NOW), R.SUPERVISOR_REQUIRED)


# Company, bookings, use, room, interlock


@pytest.mark.parametrize("present", [None, 1])
def test_not_alone(present: int | None) -> None:
    scene = Scene().with_requirement(company=2)
    detail = denied(scene.with_context(present=present), R.COMPANY_REQUIRED)
    assert (detail.company, detail.present) == (2, present)
    granted(scene.with_context(present=2))


def test_booked_by_somebody_else() -> None:
    theirs = booking(BEN, NOW, after(hours=2))
    scene = Scene().with_context(bookings=(theirs,))
    assert denied(scene, R.BOOKED_BY_OTHER).booked_until == after(hours=2)
    granted(scene.at(after(hours=2)))
    granted(Scene().with_context(bookings=(replace(theirs, access_point=AccessPointId("saw")),)))
    granted(Scene().with_context(bookings=(replace(theirs, member=ANA),)))


def test_booking_required() -> None:
    scene = Scene().with_requirement(booking=BookingRule.REQUIRED)
    assert denied(scene, R.BOOKING_REQUIRED).booked_until is None
    mine = scene.with_context(bookings=(booking(ANA, NOW, after(hours=1)),))
    assert granted(mine).hours_until == after(hours=1)
    theirs = scene.with_context(bookings=(booking(BEN, NOW, after(hours=1)),))
    assert denied(theirs, R.BOOKING_REQUIRED).booked_until == after(hours=1)


@pytest.mark.parametrize(
    ("rule", "running", "is_granted"),
    [
        (Takeover.DENY, False, False),
        (Takeover.WHEN_IDLE, False, True),
        (Takeover.WHEN_IDLE, True, False),
        (Takeover.WHEN_IDLE, None, False),
        (Takeover.ALLOW, True, True),
    ],
)
def test_takeover(rule: Takeover, running: bool | None, is_granted: bool) -> None:
    scene = Scene().with_session(takeover=rule).with_context(held_by=EVE, held_running=running)
    if is_granted:
        granted(scene)
    else:
        denied(scene, R.IN_USE)


def test_the_holder_is_granted_on_her_own_machine() -> None:
    granted(Scene().with_context(held_by=ANA, held_running=True))


def full(count: int, age_s: float | None = 10.0) -> Scene:
    scene = Scene().with_point(kind=PointKind.DOOR)
    return scene.with_context(zone_count=count, zone_count_age_s=age_s)


def test_a_full_zone_by_a_fresh_count_only() -> None:
    detail = denied(full(10), R.ZONE_FULL)
    assert (detail.zone, detail.capacity) == ("workshop", 10)
    granted(full(9))
    granted(full(10, age_s=301.0))
    granted(full(10, age_s=None))
    granted(full(10).with_point(kind=PointKind.MACHINE))
    granted(full(10).with_point(zone=None))
    group = full(8).with_holder(kind=CredentialKind.GROUP, headcount=3)
    denied(group.with_context(windows=(window(),)), R.ZONE_FULL)


def test_an_open_interlock() -> None:
    scene = Scene().with_context(open_interlocks=("interlock-door",))
    assert denied(scene, R.INTERLOCK_OPEN).inputs == ("interlock-door",)
    denied(scene.with_context(held_by=ANA), R.INTERLOCK_OPEN)


def test_a_start_condition_is_asked_of_whoever_starts() -> None:
    scene = Scene().with_context(open_start_inputs=("start-lid", "start-home"))
    assert denied(scene, R.INTERLOCK_OPEN).inputs == ("start-lid", "start-home")
    taking_over = scene.with_session(takeover=Takeover.ALLOW).with_context(held_by=EVE)
    denied(taking_over, R.INTERLOCK_OPEN)
    granted(scene.with_context(held_by=ANA))


# Notices


def test_notices_come_in_time_and_first_things_first() -> None:
    scene = (
        Scene()
        .at(after(hours=6, minutes=15))
        .with_holder(subscription_until=after(days=12), valid_until=after(days=31, hours=7))
    )
    theirs = booking(BEN, after(hours=7), after(hours=8))
    decision = scene.with_context(bookings=(theirs,)).decide()
    assert [(n.kind, n.days) for n in decision.notices] == [
        (NoticeKind.HOURS_END, 0),
        (NoticeKind.BOOKED_FROM, 0),
        (NoticeKind.SUBSCRIPTION_ENDS, 12),
    ]


@pytest.mark.parametrize(("began", "said"), [(-1, []), (-14, []), (-15, [15]), (-300, [15])])
def test_the_end_of_a_subscription_is_announced_in_its_second_half(
    began: int, said: list[int]
) -> None:
    left = 29 if began == -1 else 15
    scene = Scene().with_holder(
        subscription_from=after(days=began), subscription_until=after(days=left)
    )
    assert [notice.days for notice in scene.decide().notices] == said


def test_a_notice_names_the_certification_of_the_group_that_ends() -> None:
    scene = Scene().with_requirement(certifications=(("laser", "wood"),))
    wood = (HeldCertification(certification="wood", valid_until=after(days=1)),)
    [notice] = scene.with_holder(certifications=wood).decide().notices
    assert (notice.certification, notice.days) == ("wood", 1)


# Going on


def reviewed(scene: Scene) -> R | None:
    return review(scene.holder, scene.point, scene.site, scene.now, scene.context)


def test_review_revokes_for_rights_only() -> None:
    assert reviewed(Scene()) is None
    assert reviewed(replace(Scene(), holder=None)) is R.CREDENTIAL_UNKNOWN
    assert reviewed(Scene().with_holder(certifications=())) is R.CERTIFICATION_MISSING
    assert reviewed(Scene().with_holder(status=CredentialStatus.LOST)) is R.CREDENTIAL_LOST
    moment = Scene().with_context(assurance=None, policy_age_s=None, open_interlocks=("lid",))
    assert reviewed(moment.with_point(in_service=False).at(after(hours=12))) is None


def test_review_revokes_when_the_window_closes() -> None:
    scene = Scene().with_requirement(supervisor=Supervisor.WINDOW)
    assert reviewed(scene.with_context(windows=(window(),))) is None
    assert reviewed(scene) is R.SUPERVISOR_REQUIRED


def test_an_unnamed_zone_and_an_unknown_time_zone_do_not_stop_the_answer() -> None:
    denied(Scene().with_site(time_zone="Nowhere/Land"), R.SITE_CLOSED)
    granted(Scene().with_site(time_zone="Nowhere/Land", opening=None).with_point(zone="garden"))

"""Two taps in a row: supervision windows, certifying at the machine, guests."""

from dataclasses import replace

import pytest

from controller.domain.access.decision import DenyReason
from controller.domain.access.supervision import (
    CertifiedAtMachine,
    WindowChange,
    certify_tap,
    guest_tap,
    is_credible,
    window_tap,
)
from controller.domain.facts import (
    Assurance,
    CredentialKind,
    CredentialStatus,
    HeldCertification,
    HeldStatus,
    Holder,
    Level,
    MemberStatus,
    RecentTap,
    Supervisor,
)
from controller.domain.time import Utc
from tests.domain.domain_builders import ANA, BEN, NOW, Scene, after, supervisor_tap, window


def tapped(scene: Scene) -> WindowChange | None:
    return window_tap(scene.holder, scene.point, scene.site, scene.now, scene.context)


def certified(scene: Scene) -> CertifiedAtMachine | None:
    return certify_tap(scene.holder, scene.point, scene.site, scene.now, scene.context)


def admitted(scene: Scene) -> Utc | None:
    return guest_tap(scene.holder, scene.point, scene.site, scene.now, scene.context)


SUPERVISED = (
    Scene().with_requirement(supervisor=Supervisor.WINDOW).with_holder(supervises=("workshop",))
)


def test_a_supervisors_tap_opens_a_window_for_as_long_as_the_zone_says() -> None:
    change = tapped(SUPERVISED)
    assert change is not None
    assert change.opened
    assert (change.window.zone, change.window.supervisor) == ("workshop", ANA)
    assert (change.window.opened_at, change.window.until) == (NOW, after(minutes=60))


def test_in_a_zone_that_nobody_described_it_lasts_four_hours() -> None:
    change = tapped(SUPERVISED.with_site(zones={}))
    assert change is not None
    assert change.window.until == after(hours=4)


def test_her_next_tap_closes_it() -> None:
    own = window(member=ANA)
    assert tapped(SUPERVISED.with_context(windows=(own,))) == WindowChange(window=own, opened=False)


def test_where_it_is_an_ordinary_tap() -> None:
    assert tapped(replace(SUPERVISED, holder=None)) is None
    assert tapped(SUPERVISED.with_context(assurance=None)) is None
    assert tapped(SUPERVISED.with_holder(supervises=("office",))) is None
    assert tapped(SUPERVISED.with_requirement(supervisor=Supervisor.EACH_START)) is None
    assert tapped(SUPERVISED.with_point(zone=None)) is None
    assert tapped(SUPERVISED.with_context(windows=(window(member=BEN),))) is None
    assert tapped(SUPERVISED.with_context(held_by=ANA)) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"status": CredentialStatus.LOST},
        {"member_status": MemberStatus.SUSPENDED},
        {"kind": CredentialKind.GUEST},
        {"assurance": Assurance.AES},
    ],
)
def test_a_tap_that_proves_nobody_supervises_nothing(changes: dict[str, object]) -> None:
    assert tapped(SUPERVISED.with_holder(**changes)) is None


def test_a_tap_counts_for_30_seconds() -> None:
    point = Scene().point
    assert is_credible(supervisor_tap(age_s=30), point, NOW)
    assert not is_credible(supervisor_tap(age_s=30.1), point, NOW)
    assert not is_credible(supervisor_tap(age_s=-1), point, NOW)


TRAINER = RecentTap(
    holder=Holder(
        member=BEN,
        certifications=(
            HeldCertification(certification="laser", level=Level.TRAINER),
            HeldCertification(certification="rules", level=Level.TRAINER),
        ),
    ),
    assurance=Assurance.UID,
    age_s=10,
)
TRAINEE = Scene().with_holder(certifications=()).with_context(recent=TRAINER)


def test_a_trainer_then_a_trainee_certifies_but_gives_no_document() -> None:
    assert TRAINEE.decide().reason is DenyReason.CERTIFICATION_MISSING
    assert certified(TRAINEE) == CertifiedAtMachine(
        trainer=BEN, trainee=ANA, certifications=("laser",)
    )


@pytest.mark.parametrize(
    ("held", "is_given"),
    [
        (HeldCertification(certification="laser", valid_until=NOW), True),
        (HeldCertification(certification="laser", level=Level.ACCOMPANIED), True),
        (HeldCertification(certification="laser"), False),
        (HeldCertification(certification="laser", status=HeldStatus.SUSPENDED), False),
    ],
)
def test_what_is_given(held: HeldCertification, is_given: bool) -> None:
    assert (certified(TRAINEE.with_holder(certifications=(held,))) is not None) is is_given


@pytest.mark.parametrize(
    "level_and_end", [(Level.USER, None), (Level.TRAINER, NOW), (Level.ACCOMPANIED, None)]
)
def test_only_a_trainer_of_that_very_certification_certifies(
    level_and_end: tuple[Level, Utc | None],
) -> None:
    level, end = level_and_end
    held = HeldCertification(certification="laser", level=level, valid_until=end)
    other = HeldCertification(certification="wood", level=Level.TRAINER)
    tap = replace(TRAINER, holder=replace(TRAINER.holder, certifications=(held, other)))
    assert certified(TRAINEE.with_context(recent=tap)) is None


def test_nobody_certifies_herself_nor_without_a_tap_that_proves_her() -> None:
    assert certified(TRAINEE.with_holder(member=BEN)) is None
    assert certified(TRAINEE.with_context(assurance=None)) is None
    assert certified(TRAINEE.with_holder(kind=CredentialKind.GUEST)) is None
    assert certified(TRAINEE.with_holder(member_status=MemberStatus.SUSPENDED)) is None
    assert certified(replace(TRAINEE, holder=None)) is None
    assert certified(TRAINEE.with_context(recent=None)) is None
    assert certified(TRAINEE.with_context(recent=replace(TRAINER, age_s=31))) is None


GUEST = (
    Scene().with_holder(kind=CredentialKind.GUEST, plan=None).with_context(recent=supervisor_tap())
)


def test_a_host_admits_a_guest_until_closing() -> None:
    assert admitted(GUEST) == Utc.parse("2026-11-24T17:00:00.000Z")


def test_where_nothing_closes_until_midnight_there() -> None:
    assert admitted(GUEST.with_site(opening=None)) == Utc.parse("2026-11-24T23:00:00.000Z")
    gone = GUEST.with_site(opening="no-such")
    assert admitted(gone) == Utc.parse("2026-11-24T23:00:00.000Z")


def test_only_guests_are_admitted_and_only_by_a_host() -> None:
    assert admitted(replace(GUEST, holder=None)) is None
    assert admitted(GUEST.with_holder(kind=CredentialKind.MEMBER)) is None
    assert admitted(GUEST.with_context(recent=None)) is None
    assert admitted(GUEST.with_context(recent=TRAINER)) is None

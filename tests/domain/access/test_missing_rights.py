"""Whatever a person lacks is told whole, and nothing that passes by itself."""

from controller.domain.access.decision import Decision
from controller.domain.access.decision import DenyReason as R
from controller.domain.access.missing_rights import missing_rights
from controller.domain.facts import Assurance, HeldCertification, HeldStatus, MemberStatus
from tests.domain.domain_builders import Scene, after


def told(scene: Scene, *, has_badge: bool = True) -> list[R | None]:
    """The reasons in their order."""
    return [decision.reason for decision in found(scene, has_badge=has_badge)]


def found(scene: Scene, *, has_badge: bool = True) -> tuple[Decision, ...]:
    assert scene.holder is not None
    return missing_rights(scene.holder, scene.point, scene.site, scene.now, has_badge=has_badge)


def test_who_has_all_of_it_lacks_nothing_even_where_it_is_closed() -> None:
    assert told(Scene()) == []
    closed = Scene(now=after(hours=10))
    assert closed.decide().reason is R.SITE_CLOSED
    assert told(closed) == []


def test_a_newcomer_hears_of_everything_at_once() -> None:
    newcomer = Scene().with_holder(plan=None, certifications=())
    assert told(newcomer, has_badge=False) == [
        R.CREDENTIAL_UNKNOWN,
        R.SUBSCRIPTION_MISSING,
        R.CERTIFICATION_MISSING,
        R.DOCUMENT_MISSING,
    ]
    groups = [decision.detail.certifications for decision in found(newcomer)[1:]]
    assert groups == [(("laser",),), (("rules",),)]


def test_each_certification_is_told_as_it_stands() -> None:
    held = (
        HeldCertification(certification="laser", status=HeldStatus.SUSPENDED),
        HeldCertification(certification="rules", valid_until=after(days=-1)),
    )
    scene = Scene().with_holder(certifications=held, member_status=MemberStatus.SUSPENDED)
    assert told(scene) == [R.MEMBER_SUSPENDED, R.CERTIFICATION_SUSPENDED, R.DOCUMENT_MISSING]
    assert found(scene)[2].detail.expired_since == after(days=-1)


def test_a_badge_that_can_be_copied_does_not_do_where_a_safe_one_is_asked() -> None:
    assert told(Scene().with_requirement(assurance=Assurance.SUN)) == [R.ASSURANCE_TOO_LOW]

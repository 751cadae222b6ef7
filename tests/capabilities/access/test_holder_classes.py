"""People counted as alike are judged alike by `decide()`, whatever is known of them."""

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.capabilities.access.holder_classes import NOT_READ, HolderFacts, classify_holders
from controller.domain.access.decide import decide
from controller.domain.facts import (
    AccessPoint,
    Assurance,
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
    Requirement,
    Site,
)
from controller.domain.ids import MemberRef
from controller.domain.time import Utc
from controller.policy.facts_of import badge_rank
from controller.wire.codec import encode
from tests.domain.access.decide_laws import holders, points, requirements, sites
from tests.domain.domain_builders import ANA, BEN, LASER, NOW, after, site

open_points = st.builds(
    lambda point, rule: replace(
        point, requirement=rule, in_service=True, commissioned=True, needs=(), policy_max_age_s=None
    ),
    points,
    requirements,
)
open_sites = sites.map(
    lambda place: replace(
        place,
        opening=None,
        plans={key: replace(plan, schedule=None) for key, plan in place.plans.items()},
    )
)


def reason(holder: Holder, point: AccessPoint, where: Site) -> object:
    proved = Context(assurance=holder.assurance, clock_trusted=True, policy_age_s=0.0)
    return decide(holder, point, where, NOW, proved).reason


def best_badges(badges: list[Holder]) -> Iterator[Holder]:
    people = [badge for badge in badges if badge.kind is not CredentialKind.GROUP]
    for member in {person.member for person in people}:
        own = [person for person in people if person.member == member]
        yield max(own, key=lambda holder: badge_rank(holder, NOW))


@given(st.lists(holders, max_size=12), open_points, open_sites)
def test_one_of_a_kind_speaks_for_all(
    badges: list[Holder], point: AccessPoint, where: Site
) -> None:
    asked = [certification for group in point.requirement.certifications for certification in group]
    found = classify_holders(map(encode, badges), asked, NOW)
    expected = list(best_badges(badges))
    assert found.keys() == {holder.member for holder in expected}
    for holder in expected:
        spoken = reason(found[holder.member].holder(), point, where)
        assert spoken == reason(holder, point, where)


RULE = Requirement(certifications=(("laser",),), assurance=Assurance.SUN)
USUAL = Holder(
    member=ANA,
    assurance=Assurance.AES,
    plan="full",
    subscription_until=after(days=-1),
    grace_days=3,
    certifications=(HeldCertification(certification="laser"),),
)
OVER = OtherSubscription(plan="full", subscription_until=after(days=-5), grace_days=2)
OTHERS: dict[str, Any] = {
    "kind": CredentialKind.GUEST,
    "status": CredentialStatus.LOST,
    "valid_from": after(days=1),
    "valid_until": after(days=-1),
    "assurance": Assurance.UID,
    "member_status": MemberStatus.SUSPENDED,
    "plan": None,
    "subscription_from": after(days=1),
    "subscription_until": after(days=-4),
    "grace_days": 0,
}
HELD: dict[str, Any] = {
    "certification": "wood",
    "level": Level.ACCOMPANIED,
    "status": HeldStatus.SUSPENDED,
    "valid_from": after(days=1),
    "valid_until": after(days=-1),
}


def apart(one: Holder, other: Holder) -> bool:
    """Whether the two are judged apart; what `decide()` says must differ."""
    laser = AccessPoint(id=LASER, kind=PointKind.MACHINE, commissioned=True, requirement=RULE)
    where = replace(site(), opening=None)
    assert reason(one, laser, where) != reason(other, laser, where)
    rows = [encode(one), encode(replace(other, member=BEN))]
    return len(set(classify_holders(rows, ("laser",), NOW).values())) == 2


@pytest.mark.parametrize("field", OTHERS)
def test_whatever_gives_or_takes_a_right_tells_people_apart(field: str) -> None:
    assert apart(USUAL, replace(USUAL, **{field: OTHERS[field]}))


@pytest.mark.parametrize("field", HELD)
def test_so_does_what_is_held(field: str) -> None:
    held = replace(USUAL.certifications[0], **{field: HELD[field]})
    assert apart(USUAL, replace(USUAL, certifications=(held,)))


@pytest.mark.parametrize("longer", [{"grace_days": 6}, {"subscription_until": after(days=1)}])
def test_so_does_a_second_subscription(longer: dict[str, Any]) -> None:
    late = replace(USUAL, grace_days=0)
    one = replace(late, subscriptions=(OVER,))
    assert apart(one, replace(late, subscriptions=(replace(OVER, **longer),)))


def test_people_differ_by_what_is_asked_alone() -> None:
    def person(number: int, since: Utc) -> bytes:
        return encode(Holder(member=MemberRef(str(number)), valid_from=since))

    rows = [person(n, Utc.from_millis(NOW.millis() - 1000 * n)) for n in range(50)]
    rows.append(person(50, Utc.from_millis(NOW.millis() + 1)))
    assert len(set(classify_holders(rows, (), NOW).values())) == 2


def test_nothing_that_is_known_of_a_holder_is_forgotten() -> None:
    read = set(HolderFacts.__struct_fields__)
    assert read | NOT_READ == {field.name for field in fields(Holder)}
    assert not read & NOT_READ

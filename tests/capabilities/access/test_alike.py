"""People counted as alike are judged alike by `decide()`, whatever is known of them."""

from collections.abc import Iterator
from dataclasses import fields, replace

from hypothesis import given
from hypothesis import strategies as st

from controller.capabilities.access.alike import NOT_READ, HolderFacts, kinds_of_people
from controller.domain.access.decide import decide
from controller.domain.facts import AccessPoint, Context, CredentialKind, Holder, Site
from controller.domain.time import Utc
from controller.policy.facts_of import worth
from controller.wire.codec import encode
from tests.domain.access.test_decide_laws import holders, points, requirements, sites
from tests.domain.domain_builders import NOW

open_points = st.builds(
    lambda point, rule: replace(
        point, requirement=rule, in_service=True, commissioned=True, needs=(), policy_max_age_s=None
    ),
    points,
    requirements,
)
open_sites = sites.map(
    lambda site: replace(
        site,
        opening=None,
        plans={key: replace(each, schedule=None) for key, each in site.plans.items()},
    )
)


def reason(holder: Holder, point: AccessPoint, site: Site) -> object:
    proved = Context(assurance=holder.assurance, clock_trusted=True, policy_age_s=0.0)
    return decide(holder, point, site, NOW, proved).reason


def best_badges(badges: list[Holder]) -> Iterator[Holder]:
    people = [each for each in badges if each.kind is not CredentialKind.GROUP]
    for member in {each.member for each in people}:
        own = [each for each in people if each.member == member]
        yield max(own, key=lambda each: worth(each, NOW))


@given(st.lists(holders, max_size=12), open_points, open_sites)
def test_one_of_a_kind_speaks_for_all(badges: list[Holder], point: AccessPoint, site: Site) -> None:
    asked = [each for group in point.requirement.certifications for each in group]
    found = kinds_of_people(map(encode, badges), asked, NOW)
    expected = list(best_badges(badges))
    assert found.keys() == {each.member for each in expected}
    for each in expected:
        spoken = reason(found[each.member].holder(), point, site)
        assert spoken == reason(each, point, site)


def test_people_differ_by_what_is_asked_alone() -> None:
    def person(number: int, since: Utc) -> bytes:
        return encode(Holder(member=str(number), valid_from=since))  # type: ignore[arg-type]

    rows = [person(n, Utc.from_millis(NOW.millis() - 1000 * n)) for n in range(50)]
    rows.append(person(50, Utc.from_millis(NOW.millis() + 1)))
    assert len(set(kinds_of_people(rows, (), NOW).values())) == 2


def test_nothing_that_is_known_of_a_holder_is_forgotten() -> None:
    read = set(HolderFacts.__struct_fields__)
    assert read | NOT_READ == {each.name for each in fields(Holder)}
    assert not read & NOT_READ

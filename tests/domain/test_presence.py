"""Counts of people reach a tap through the policy, and are as old as it."""

from dataclasses import replace

import pytest

from controller.domain.access.counts import with_presence
from controller.domain.access.decision import DenyReason as R
from controller.domain.facts import PointKind
from tests.domain.domain_builders import Scene


def judged(scene: Scene, present: int | None, age_s: float | None = 0.0) -> R | None:
    """The reason, with so many people in the workshop and a policy so old."""
    zone = replace(scene.site.zones["workshop"], present=present)
    scene = scene.with_site(zones={"workshop": zone}).with_context(policy_age_s=age_s)
    context = with_presence(scene.context, scene.point, scene.site)
    return replace(scene, context=context).decide().reason


@pytest.mark.parametrize(("present", "age_s"), [(None, 0), (0, 0), (1, 0), (2, 301)])
def test_alone_or_nobody_knows_is_not_company(present: int | None, age_s: float) -> None:
    assert judged(Scene().with_requirement(company=2), present, age_s) is R.COMPANY_REQUIRED


def test_two_are_company() -> None:
    assert judged(Scene().with_requirement(company=2), 2, 300) is None


@pytest.mark.parametrize(
    ("present", "age_s", "reason"),
    [(9, 0, None), (10, 0, R.ZONE_FULL), (10, 301, None), (None, 0, None)],
)
def test_a_full_zone_takes_nobody_more_while_the_count_is_fresh(
    present: int | None, age_s: float, reason: R | None
) -> None:
    door = Scene().with_point(kind=PointKind.DOOR)
    assert judged(door, present, age_s) is reason

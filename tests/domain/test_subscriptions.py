"""Of several subscriptions the one counts that grants, and of those the one that lasts longest."""

from dataclasses import replace

from hypothesis import given

from controller.domain.access.decide import decide, review
from controller.domain.access.decision import DenyReason as R
from controller.domain.facts import OtherSubscription
from tests.domain.access.decide_laws import near_scenes, subscriptions
from tests.domain.domain_builders import NOW, Scene, after

ATELIER = OtherSubscription(plan="full")


def reason(scene: Scene) -> R | None:
    """Why not; None: granted."""
    return scene.decide().reason


def test_a_coworker_with_an_atelier_plan_too_uses_the_laser() -> None:
    scene = Scene().with_holder(plan="upstairs")  # a plan for the offices alone
    assert reason(scene) is R.SUBSCRIPTION_MISSING
    both = scene.with_holder(subscriptions=(ATELIER,))
    assert reason(both) is None
    assert review(both.holder, both.point, both.site, both.now, both.context) is None


def test_each_counts_with_its_own_dates_grace_and_hours() -> None:
    scene = Scene().with_holder(plan="upstairs")

    def second(**fields: object) -> R | None:
        added = replace(ATELIER, **fields)  # type: ignore[arg-type]
        return reason(scene.with_holder(subscriptions=(added,)))

    assert second(subscription_from=after(days=1)) is R.SUBSCRIPTION_MISSING
    assert second(subscription_until=after(days=-2)) is R.SUBSCRIPTION_MISSING
    assert second(subscription_until=after(days=-2), grace_days=3) is None
    assert second(plan="closed") is R.OUTSIDE_PLAN_HOURS
    assert second(plan="gone") is R.SUBSCRIPTION_MISSING


def test_what_is_told_of_the_end_is_of_the_one_that_lasts_longest() -> None:
    scene = Scene().with_holder(plan="full", subscription_until=after(days=1))
    assert scene.decide().detail.right_until == after(days=1)
    longer = scene.with_holder(subscriptions=(replace(ATELIER, subscription_until=after(days=9)),))
    assert longer.decide().detail.right_until == after(days=9)
    night = scene.with_holder(subscriptions=(OtherSubscription(plan="night"),))
    assert night.decide().detail.hours_until is None
    assert scene.at(NOW).decide().detail.hours_until is not None


@given(near_scenes, subscriptions)
def test_one_more_never_turns_a_grant_into_a_denial(scene: Scene, more: OtherSubscription) -> None:
    assert scene.holder is not None
    added = replace(scene.holder, subscriptions=(*scene.holder.subscriptions, more))
    then = decide(added, scene.point, scene.site, scene.now, scene.context)
    assert then.granted or not scene.decide().granted

"""`9999-12-31` is how people write never: it is decided on, and put in words, like any date."""

from dataclasses import replace

import pytest

from controller.domain.access.decide import decide
from controller.domain.locale.decision import explain
from controller.domain.time import Utc
from tests.domain.domain_builders import NOW, context, holder, point, site
from tests.support.translation import EN, FR

FIRST, LAST = Utc.parse("0001-01-01T00:00:00.000Z"), Utc.parse("9999-12-31T23:59:59.999Z")


FIELDS = ["subscription_from", "subscription_until", "valid_from", "valid_until"]


@pytest.mark.parametrize("zone", ["Europe/Paris", "America/New_York"])
@pytest.mark.parametrize("moment", [FIRST, LAST])
@pytest.mark.parametrize("field", FIELDS)
def test_the_ends_of_the_calendar_are_put_in_words(field: str, moment: Utc, zone: str) -> None:
    here = replace(site(), time_zone=zone)
    who = replace(holder(), grace_days=30, **{field: moment})  # type: ignore[arg-type]
    decision = decide(who, point(), here, NOW, context())
    assert all(explain(decision, point(), here, words).title for words in (FR, EN))


@pytest.mark.parametrize("moment", [FIRST, LAST])
@pytest.mark.parametrize("field", FIELDS)
def test_the_ends_of_the_calendar_are_decided_on(field: str, moment: Utc) -> None:
    who = replace(holder(), grace_days=30, **{field: moment})  # type: ignore[arg-type]
    decision = decide(who, point(), site(), NOW, context())
    assert decision.granted is (field.endswith("_from") == (moment is FIRST))

"""What is due when, and which events tell of people."""

from typing import get_args

import pytest

from controller.capabilities.journal.traces import types_about_people
from controller.capabilities.privacy.retention.run import months_before
from controller.domain.time import Utc
from controller.wire.events import Event


def test_the_types_that_tell_of_people_are_those_with_a_member_or_a_badge() -> None:
    types = {kind.__struct_config__.tag: kind for kind in get_args(Event)}
    words = {"member", "credential", "supervisor", "trainer", "trainee", "host", "guest"}
    expected = {tag for tag, kind in types.items() if words & set(kind.__struct_fields__)}
    assert types_about_people() == expected


@pytest.mark.parametrize(
    ("now", "months", "before"),
    [
        ("2026-03-31", 1, "2026-02-28"),
        ("2028-02-29", 12, "2027-02-28"),
        ("2026-01-15", 24, "2024-01-15"),
    ],
)
def test_months_are_those_of_the_calendar(now: str, months: int, before: str) -> None:
    found = months_before(Utc.parse(f"{now}T10:00:00.000Z"), months)
    assert found.text() == f"{before}T10:00:00.000Z"

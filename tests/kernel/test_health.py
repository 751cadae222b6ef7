"""Which cause of an outage is told."""

import pytest

from controller.domain.time import Utc
from controller.kernel.health import Cause, DatabaseUnavailable, Health

NOW = Utc.parse("2026-12-04T08:00:00.000Z")


@pytest.mark.parametrize(
    ("causes", "told"),
    [
        ((Cause.FULL, Cause.DAMAGED), Cause.FULL),
        ((Cause.DAMAGED, Cause.FULL), Cause.FULL),
        ((Cause.LOCKED, Cause.DAMAGED), Cause.DAMAGED),
    ],
)
def test_a_full_disk_is_not_taken_for_a_damaged_one(
    causes: tuple[Cause, Cause], told: Cause
) -> None:
    health = Health(lambda: NOW)
    for cause in causes:
        health.failed(DatabaseUnavailable(cause))
    assert health.outage is not None
    assert health.outage.cause is told

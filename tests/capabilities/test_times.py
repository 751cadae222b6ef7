"""Which times the services take from outside."""

import msgspec
import pytest

from controller.domain.time import Utc
from controller.kernel.jsontypes import dec_hook


def test_a_time_with_any_zone_is_taken() -> None:
    assert msgspec.convert("2026-09-01T10:00:00+02:00", Utc, dec_hook=dec_hook) == Utc.parse(
        "2026-09-01T08:00:00.000Z"
    )


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z", "x"])
def test_a_time_that_nobody_means_is_refused(text: str) -> None:
    with pytest.raises(msgspec.ValidationError, match="expected a time"):
        msgspec.convert(text, Utc, dec_hook=dec_hook)

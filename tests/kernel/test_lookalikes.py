"""Names that look the same are recognised; those that differ to the eye stay apart."""

import pytest

from controller.kernel.lookalikes import skeleton


@pytest.mark.parametrize(
    "name",
    [
        "NADIA ROUX",
        "Nadia  Roux",
        "Nadia\u00a0Roux",
        "Nadia\u00ad Roux",
        "Na\u200bdia Roux",
        "Nadia\u034f Roux",
        "Nadia\ufe0f Roux",
        "Nadia\u3164 Roux",
        "Nadia\U000e0041 Roux",
        "N\u0430dia Roux",  # a Cyrillic letter
        "Nadia Rοux",
    ],
)
def test_a_name_that_looks_alike_has_the_same_skeleton(name: str) -> None:
    assert skeleton(name) == skeleton("Nadia Roux")


def test_other_names_have_other_skeletons() -> None:
    assert skeleton("Léa") == skeleton("Le\u0301a")
    assert len({skeleton(name) for name in ("Léa", "Lea", "Lia", "Léo", "Ana", "Anna")}) == 6

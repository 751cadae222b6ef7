"""Readable ids of names."""

import pytest

from controller.kernel.slugs import slug_of


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Découpe laser CO₂", "decoupe-laser-co2"),
        ("Annexe de Nœux", "annexe-de-noeux"),
        ("Straße Ærø", "strasse-aero"),
        ("工房", "x"),
    ],
)
def test_a_slug_keeps_every_letter_of_a_name(name: str, slug: str) -> None:
    assert slug_of(name) == slug

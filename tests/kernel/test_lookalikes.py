"""Names that look the same are recognised; those that differ to the eye stay apart."""

import pytest

from controller.kernel.errors import Invalid
from controller.kernel.lookalikes import check_name, skeleton


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
        "Nadia\u2800Roux",
        "Nadia\u115fRoux",
        "Nadi\u0325a Roux",
        "Nadıa Roux",
        "Nadia R0ux.",
    ],
)
def test_a_name_that_looks_alike_has_the_same_skeleton(name: str) -> None:
    assert skeleton(name) == skeleton("Nadia Roux")


@pytest.mark.parametrize(
    "name",
    [
        "Léa d’Artois",
        "Nguyễn Thị Hạnh",
        "Иван Петров",
        "Νίκος Παπάς",
        "田中 さくら",
        "김 민준",
        "محمد علي",
        "Ana 2 🦊",
        "Ana 👩\u200d🔬",  # a joiner of an emoji
        "Ana ❤\ufe0f 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "محمد\u200cرضا",  # Persian writes names with it
        "ශ්\u200dරී ලංකා",  # Sinhala needs the joiner
        "葛\U000e0100 さくら",  # a variant of the letter
        "Nadi\u0325a Roux",
    ],
)
def test_a_name_of_one_script_is_one(name: str) -> None:
    check_name("name", name)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("Nadia\u2800Roux", "U\\+2800 looks like a blank"),
        ("Nadia\u115fRoux", "U\\+115F looks like a blank"),
        ("Nadia\uffa0Roux", "U\\+FFA0 looks like a blank"),
        ("Na\u200bdia Roux", "U\\+200B is invisible"),
        ("Na\xaddia Roux", "U\\+00AD is invisible"),
        ("Na\u2060dia Roux", "U\\+2060 is invisible"),
        ("Na\u034fdia Roux", "U\\+034F is invisible"),
        ("Nadia Roux\u180e 2", "U\\+180E is invisible"),
        ("田中\u200bさくら", "U\\+200B is invisible"),
        ("Nadia\U000e0001 Roux", "U\\+E0001 is invisible"),
        ("Na\u200ddia Roux", "U\\+200D is invisible"),
        ("Nadi\u0325\u200ca Roux", "U\\+200C is invisible"),
        ("Nadia\ufe0f Roux", "U\\+FE0F is invisible"),
        ("Nadia\u200e Roux", "U\\+200E is invisible"),
        ("N\u0430dia Roux", "several scripts \\(Cyrillic, Latin\\)"),
        ("Nadia R\u0585ux", "several scripts \\(Armenian, Latin\\)"),
        ("N\u0251dia Roux", "U\\+0251"),
        ("\ua4e0\ua4ee\ua4d3", "U\\+A4E0"),
        ("Nadia \u13a1oux", "U\\+13A1"),
    ],
)
def test_a_name_with_letters_that_imitate_others_is_refused(name: str, why: str) -> None:
    with pytest.raises(Invalid, match=why):
        check_name("name", name)


def test_other_names_have_other_skeletons() -> None:
    assert skeleton("Léa") == skeleton("Le\u0301a") == skeleton("lea"), "accents don't count"
    assert len({skeleton(name) for name in ("Léa", "Lia", "Léo", "Ana", "Anna")}) == 5

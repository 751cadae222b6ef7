"""The numbers of the facts in the head of a page, and where names of fields may break."""

import pytest
from flask.testing import FlaskClient

from controller.kernel.shapes import Label
from webui.naming import read_label
from webui.template_context import breakable, embolden_numbers


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("9 présents sur 60", "<b>9</b> présents sur <b>60</b>"),
        ("1\u202f234 personnes", "<b>1\u202f234</b> personnes"),
        ("jusqu’à 18:00, 2,5 h.", "jusqu’à <b>18:00</b>, <b>2,5</b> h."),
        ("12\u202f056,50\u00a0€ dus, €4.50", "<b>12\u202f056,50\u00a0€</b> dus, <b>€4.50</b>"),
        ("personne", "personne"),
        ("<i>3</i>", "&lt;i&gt;<b>3</b>&lt;/i&gt;"),
    ],
)
def test_the_numbers_of_a_sentence_are_strong_and_the_rest_is_escaped(
    text: str, shown: str
) -> None:
    assert str(embolden_numbers(text)) == shown


def test_an_address_may_break_after_its_joints_and_is_escaped() -> None:
    assert str(breakable("nom_du.<b>@lieu")) == "nom_<wbr>du.<wbr>&lt;b&gt;@<wbr>lieu"


def test_a_number_stays_in_the_line_of_its_sign(client: FlaskClient) -> None:
    with client.application.test_request_context():
        assert read_label(Label(fr="Imprimante 3D n° 1")) == "Imprimante 3D n°\u00a01"
        assert read_label(Label(fr="Le n° un, 2 plateaux")) == "Le n° un, 2 plateaux"

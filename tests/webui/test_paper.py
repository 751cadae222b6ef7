"""PDFs have the look of their style sheet, and break between pages where a reader would."""

import io
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pikepdf
import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.support.sheets import FEW, sheets
from tests.support.tagged import faults
from webui.billing.sheet import Line, Sheet
from webui.language import choose
from webui.paper import pdf_response
from webui.statistics.annual import AnsweredQuestion
from webui.statistics.funder_sections import Section

WHAT = Line(
    day="20 oct.",
    what="Contreplaqué",
    calculation="12 plaques",
    net="40,00 €",
    vat="8,00 €",
    gross="48,00 €",
)
STATEMENT = Sheet(
    title="Relevé 2026-10-001",
    number="2026-10-001",
    month="octobre 2026",
    dated="lundi 2 novembre 2026",
    place="La Fabrique",
    seller=("Communauté de communes", "1 place du Marché", "62400 Béthune"),
    buyer=("Lycée Malraux", "2 rue de l’École", "62400 Béthune"),
    lines=(WHAT,),
    shares=(("20 %", "40,00 €", "8,00 €", "48,00 €"),),
    total=("41,00 €", "8,20 €", "49,20 €"),
    paid=(("2 nov.", "Chèque, reçu 1", "− 10,00 €"),),
    left="39,20 €",
    is_overpaid=False,
    upcoming="",
    passes=("Carte de dix heures : 4 h",),
    is_due_first=True,
    is_preview=False,
)
HEADINGS = ("Ce qui a été fait", "Totaux", "Paiements reçus", "Jours restants des pass")
HEAD = "Jour Désignation et calcul HT TVA TTC"


@pytest.fixture
def app(client: FlaskClient) -> Flask:
    """What serves the pages."""
    return client.application


def printed(app: Flask, template: str, **given: object) -> bytes:
    with app.test_request_context():
        choose()
        pdf = pdf_response(template, "x.pdf", place="La Fabrique", **given).get_data()
    assert faults(pdf) == []
    return pdf


def fonts(pdf: bytes) -> set[str]:
    """Their names, without the six letters of what is embedded of each."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        fonts: list[Any] = [page.resources.get("/Font", {}) for page in document.pages]
        names = [str(font.BaseFont) for page_fonts in fonts for _, font in page_fonts.items()]
    return {name.rpartition("+")[2].lstrip("/") for name in names}


def of(pages: list[list[str]], text: str) -> int:
    """How many lines are that text."""
    return sum(line == text for page in pages for line in page)


@pytest.mark.parametrize(("count", "expected"), [(1, 1), (9, 2), (12, 2), (60, 4)])
def test_a_statement_has_its_pages_and_its_total_once(
    app: Flask, count: int, expected: int
) -> None:
    """Of nine lines a heading comes to the end of the page, of twelve the total."""
    sheet = replace(STATEMENT, lines=(WHAT,) * count)
    pdf = printed(app, "money/paper.html", sheet=sheet)
    pages = sheets(pdf)
    assert len(pages) == expected
    assert all(len(page) >= FEW for page in pages)
    assert of(pages, "20 oct. Contreplaqué") == count
    assert of(pages, HEAD) == len([page for page in pages if "20 oct. Contreplaqué" in page])
    (at,) = [page for page in pages if "Total 41,00 € 8,20 € 49,20 €" in page]
    assert of(pages, "Total 41,00 € 8,20 € 49,20 €") == 1
    assert "20 % 40,00 € 8,00 € 48,00 €" in at
    assert {page[-1] for page in pages}.isdisjoint((*HEADINGS, HEAD))
    assert all(name.startswith(("Atkinson", "Narrow")) for name in fonts(pdf))


def test_a_funder_report_breaks_between_figures_and_sums_each_once(app: Flask) -> None:
    """Figures of one row to sixty: only what is too long for a page is divided."""
    sizes = (1, 8, 60, 3, 19, 12, 7, 25, 5)
    made = [
        Section(
            f"f{place}",
            f"Chiffre {place}",
            tuple((f"Ligne {row}", f"{row} h") for row in range(size)),
            f"{1000 + place} h" if size > 1 else "",
            "",
            "",
            "Ainsi." if place % 2 else "Autrement.",
        )
        for place, size in enumerate(sizes)
    ]
    page = SimpleNamespace(
        name="octobre 2026",
        lead=("55 personnes sont venues.",),
        sections=made,
        todo=[AnsweredQuestion("x", f"Question {number}") for number in range(6)],
    )
    pdf = printed(app, "reports/funder_paper.html", page=page)
    pages = sheets(pdf)
    assert all(len(lines) >= FEW for lines in pages)
    for place, size in enumerate(sizes):
        assert of(pages, f"Ensemble {1000 + place} h") == (size > 1)
        heading = f"Chiffre {place} {1 + place % 2}"
        (at,) = [lines for lines in pages if heading in lines]
        assert at[at.index(heading) + 1] == "Ligne 0 0 h"
        if 1 < size <= 20:
            assert f"Ensemble {1000 + place} h" in at, f"{heading} is divided"
    assert (of(pages, "Ainsi."), of(pages, "Autrement.")) == (1, 1)

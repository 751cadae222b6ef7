"""Money: sold for cash in four acts, and the statement on which it stands."""

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Locator, expect
from sqlalchemy import select

from controller.capabilities.billing import statement_mail
from controller.capabilities.billing.models import InvoicingRow, StatementRow
from controller.capabilities.messages.queue import secret_of
from controller.capabilities.usage.models import SessionRow
from tests.browser.accessibility import check
from tests.browser.conftest import SignIn, World


@dataclass
class Acts:
    """What a person does, counted: something typed, chosen or pressed."""

    count: int = 0

    def press(self, what: Locator) -> None:
        """Click a link or a button, or choose what it stands for."""
        self.count += 1
        what.click()

    def type(self, where: Locator, text: str) -> None:
        """Write into a field."""
        self.count += 1
        where.fill(text)


@pytest.mark.parametrize(
    ("what", "who"),
    [
        ("Pass Coworking, 10 jours", "Lucie"),
        ("Contreplaqué 3 mm", ""),
        ("Formation découpe laser", "Lucie"),
    ],
)
def test_the_desk_sells_for_cash_in_four_acts_with_a_numbered_receipt(
    signed_in: SignIn, what: str, who: str
) -> None:
    page, acts = signed_in("desk", "/desk"), Acts()
    acts.press(page.get_by_role("link", name="Vendre", exact=True))
    acts.press(page.get_by_text(what))
    if who:
        acts.type(page.get_by_label("Pour qui"), who)
    acts.press(page.get_by_role("button", name="Espèces"))
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"Reçu 20\d\d-\d{6}$"))
    expect(page.locator(".receipt")).to_contain_text("Espèces")
    assert acts.count <= 4


def test_the_means_of_payment_are_each_on_one_line(signed_in: SignIn) -> None:
    page = signed_in("desk", "/sales")
    words = page.locator(".pay .button").evaluate_all(
        """all => all.map(one => {
             const range = document.createRange();
             range.selectNodeContents(one);
             return range.getBoundingClientRect().height;
           })"""
    )
    assert len(words) == 4
    assert max(words) < 30, words


def test_a_sale_follows_what_is_touched_and_waits_for_what_is_missing(signed_in: SignIn) -> None:
    page = signed_in("desk", "/sales", viewport={"width": 390, "height": 844})
    cash, total = page.get_by_role("button", name="Espèces"), page.locator(".total b")
    expect(cash).to_be_disabled()
    expect(page.locator("#why")).to_have_text("Choisissez un article.")
    page.get_by_label("Contreplaqué 3 mm").check()
    page.locator("[data-add='1']").click()
    expect(total).to_have_text(re.compile(r"^8,00\s€$"))
    expect(page.locator(".go-pay")).to_contain_text("8,00")
    expect(cash).to_be_enabled()
    page.get_by_label("Pass Coworking, 10 jours").check()
    expect(page.locator("#why")).to_have_text("Un pass ou un abonnement demande un nom.")
    expect(cash).to_be_disabled()
    page.get_by_label("Pour qui").fill("Lucie")
    expect(page.locator(".buyer")).to_contain_text("Lucie Crombez")
    expect(cash).to_be_enabled()


def test_a_sale_follows_what_is_typed_and_what_going_back_restores(signed_in: SignIn) -> None:
    page = signed_in("desk", "/sales")
    total, quantity = page.locator(".total b"), page.get_by_label("Quantité")
    page.get_by_label("Contreplaqué 3 mm").check()
    expect(total).to_have_text(re.compile(r"^4,00\s€$"))
    quantity.fill("3")
    expect(total).to_have_text(re.compile(r"^12,00\s€$"))
    expect(quantity).to_be_focused()
    quantity.fill("-2")
    expect(page.get_by_role("button", name="Espèces")).to_be_disabled()
    page.goto("/desk")
    page.go_back()
    expect(page.get_by_label("Contreplaqué 3 mm")).to_be_checked()
    expect(total).to_have_text(re.compile(r"^4,00\s€$"))
    expect(page.get_by_role("button", name="Espèces")).to_be_enabled()


def test_an_organisation_reads_its_statement_without_an_account(
    world: World, chromium: Browser
) -> None:
    with world.database.write() as db:
        row = db.scalars(
            select(StatementRow).where(StatementRow.organisation_id.is_not(None))
        ).first()
        assert row is not None
        to = db.get(InvoicingRow, row.organisation_id)
        assert to is not None
        to.email = "compta@structure.example"
        secret = secret_of("s" * 40, statement_mail.key_of(row.id, to.email))
        address = f"/statement/{row.id}/{secret}"
    for language, said in (("fr", "Reste dû"), ("en", "Still owed")):
        context = chromium.new_context(base_url=world.url, locale=language)
        page = context.new_page()
        page.goto(address)
        expect(page.locator("html")).to_have_attribute("lang", language)
        expect(page.locator("main")).to_contain_text(said)
        check(page)
        page.set_viewport_size({"width": 320, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        context.close()


def test_a_pass_is_sold_in_four_acts_and_stands_on_the_statement(signed_in: SignIn) -> None:
    page = signed_in("manager", "/desk", viewport={"width": 1440, "height": 900})
    page.get_by_role("link", name="Vendre", exact=True).click()
    page.get_by_label("Pass Coworking, 10 jours").check()
    page.get_by_label("Pour qui").fill("Sofia Mor")
    page.get_by_label("Pour qui").press("Enter")
    expect(page.get_by_text("Choisissez le moyen de paiement.")).to_be_visible()
    page.get_by_role("button", name="Espèces").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Reçu")
    expect(page.locator(".receipt")).to_contain_text("Sofia Moreira")
    page.goto("/statements")
    page.get_by_role("link", name="Sofia Moreira").click()
    statement = page.locator(".is-open")
    expect(statement).to_contain_text("Pass Coworking, 10 jours")
    expect(statement).to_contain_text("réglé")
    statement.get_by_text("Annuler cette vente…").click()
    statement.get_by_role("button", name="Annuler cette vente").click()
    expect(page.get_by_text("Vente annulée")).to_be_in_viewport()
    page.evaluate("scrollTo(0, 0)")
    check(page)
    page.set_viewport_size({"width": 320, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_a_price_takes_the_whole_line_of_a_phone(signed_in: SignIn) -> None:
    page = signed_in("treasurer", "/tariffs", viewport={"width": 390, "height": 844})
    row = page.get_by_role("row", name="Découpe laser CO₂")
    line, price = row.bounding_box(), row.locator(".is-whole").bounding_box()
    assert line
    assert price
    assert price["width"] == pytest.approx(line["width"], abs=1)


def test_who_issues_statements_stands_below_what_is_owed(signed_in: SignIn) -> None:
    page = signed_in("treasurer", "/accounting", viewport={"width": 1440, "height": 900})
    owed, entries, issuer = (
        page.get_by_role("region", name=name).bounding_box()
        for name in ("Reste dû, par mois", "Écritures au format FEC", "Qui établit les relevés")
    )
    assert owed
    assert entries
    assert issuer
    assert issuer["x"] == owed["x"]
    assert issuer["y"] < entries["y"] + entries["height"]


@pytest.mark.parametrize("width", [1024, 1440, 1920])
def test_what_decides_a_point_stands_beside_its_text(
    world: World, signed_in: SignIn, width: int
) -> None:
    with world.database.write() as db:
        last = db.scalars(
            select(SessionRow)
            .where(SessionRow.member_ref.is_not(None), SessionRow.started_at.is_not(None))
            .order_by(SessionRow.started_at.desc())
        ).first()
        assert last is not None
        assert last.started_at is not None
        last.is_doubtful = True
        month = last.started_at.text()[:7]
    page = signed_in(
        "treasurer", f"/statements?month={month}", viewport={"width": width, "height": 900}
    )
    if page.locator("details.early").count():
        page.locator("details.early > summary").click()
    point = page.locator(".points li", has=page.locator("form")).first
    form, text = point.locator("form").bounding_box(), point.locator("div").bounding_box()
    assert form
    assert text
    assert form["x"] > text["x"] + text["width"]
    assert form["width"] > 100

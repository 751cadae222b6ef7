"""What using a machine costs, in one sentence on its page."""

from collections.abc import Sequence
from datetime import date

from flask.testing import FlaskClient

from controller.capabilities.billing import tariffs
from controller.capabilities.billing.kinds import Unit
from controller.capabilities.billing.rates import ArticleRate, MachineRate, Rate, ZoneRate
from controller.capabilities.billing.shapes import NewTariff
from controller.capabilities.machines import access_points
from controller.capabilities.machines.shapes import NewAccessPoint
from controller.domain.facts import PointKind
from controller.kernel.shapes import Label
from tests.webui.conftest import NOW, SITE, sign_in
from tests.webui.machines.conftest import LASER, SYSTEM, Place
from tests.webui.machines.machine_page import ONE, plain, text_of

USUAL = MachineRate(access_point=LASER, price_cents=100, minimum_cents=200)
MEMBERS = MachineRate(access_point=LASER, plan_id="open", price_cents=0)


def decide(place: Place, begins: date, rates: Sequence[Rate]) -> None:
    """One more version of the tariff."""
    new = NewTariff(valid_from=begins, decision="CA du 2", rates=tuple(rates), site_id=SITE)
    with place.database.write() as db:
        tariffs.create(db, new, actor=SYSTEM, now=NOW)


def cost(client: FlaskClient, address: str = ONE) -> str:
    """The words of its sheet."""
    text = text_of(client, address)
    sheet = text[text.index('id="cost"') :]
    return plain(f"<main {sheet[: sheet.index('</section>')]}</main>")


def test_it_says_what_everybody_pays_who_pays_otherwise_and_the_material(
    place: Place, client: FlaskClient
) -> None:
    pla = ArticleRate(
        id="pla",
        name=Label(fr="Filament", en="Filament"),
        unit=Unit.GRAM,
        per=100,
        price_cents=450,
        access_point=LASER,
    )
    decide(
        place, date(2026, 1, 1), (USUAL, MEMBERS, pla, ZoneRate(zone_id="atelier", price_cents=800))
    )
    sign_in(client, "manager")
    said = cost(client)
    assert (
        "1,00 € par 15 min de travail commencées, 2,00 € au moins ; avec l’abonnement Atelier"
        " libre, gratuit ; Filament : 4,50 € pour 100 g." in said
    )
    assert "8,00" not in said
    client.set_cookie("language", "en")
    said = cost(client)
    assert "with the Atelier libre subscription, free; Filament: €4.50 for 100 g." in said


def test_it_says_plainly_that_there_is_no_tariff_yet_and_that_it_is_free(
    place: Place, client: FlaskClient
) -> None:
    sign_in(client, "manager")
    assert "Pas encore de tarif : rien n’est compté." in cost(client)
    decide(place, date(2026, 12, 1), (USUAL,))
    assert "Pas encore de tarif" in cost(client)
    decide(place, date(2026, 11, 1), (ZoneRate(zone_id="atelier", price_cents=800),))
    said = cost(client)
    assert "Gratuit : sans prix au tarif 2." in said
    assert "Le prix change le mardi 1er décembre 2026." in said


def test_only_who_may_see_the_tariff_is_led_there(place: Place, client: FlaskClient) -> None:
    decide(place, date(2026, 1, 1), (USUAL,))
    decide(place, date(2026, 12, 1), (USUAL, ZoneRate(zone_id="atelier", price_cents=800)))
    sign_in(client, "desk")
    said = text_of(client, ONE)
    assert "1,00" in cost(client)
    assert "Le prix change" not in cost(client)
    assert 'href="/tariffs"' not in said
    client.post("/sign-out")
    sign_in(client, "manager")
    assert 'href="/tariffs"' in text_of(client, ONE)


def test_a_door_costs_nothing_and_says_nothing(place: Place, client: FlaskClient) -> None:
    door = NewAccessPoint(
        id="door", site_id=SITE, kind=PointKind.DOOR, name=Label(fr="Porte"), agent_id="box"
    )
    with place.database.write() as db:
        access_points.create(db, door, actor=SYSTEM, now=NOW)
    sign_in(client, "manager")
    assert 'id="cost"' not in text_of(client, "/machines/door")

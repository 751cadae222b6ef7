"""What organisations did and owe, for those who may read it."""

import re

from flask.testing import FlaskClient

from controller.capabilities.billing import charges, payments, tariffs
from controller.capabilities.billing.kinds import Means, Unit
from controller.capabilities.billing.rates import ArticleRate
from controller.capabilities.billing.shapes import NewCharge, NewPayment, NewTariff
from controller.capabilities.bookings import bookings
from controller.capabilities.bookings.shapes import NewBooking
from controller.capabilities.members import members, on_behalf
from controller.capabilities.members.shapes import OnBehalf
from controller.capabilities.organisations import organisations, projects
from controller.capabilities.organisations.shapes import NewOrganisation, NewProject
from controller.capabilities.usage.models import UsageDay
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.database import Session
from controller.kernel.shapes import Label
from tests.webui.conftest import NOW, SITE, sign_in, token_of
from tests.webui.machines.conftest import LASER, Place
from tests.webui.training.at_session import plain

SYSTEM = Actor.system("test")
ADA, BEN = "Ada Both", "Ben Laser"


def club(place: Place) -> str:
    """Two people of whom one works for it, an hour and a half, a booking, 12 euros of which 5 are
    paid."""
    with place.database.write() as db:
        new = NewOrganisation(site_id=SITE, name=Label(fr="Club"))
        key = organisations.create(db, new, actor=SYSTEM, now=NOW).id
        for name in (ADA, BEN):
            patch = {"organisations": [key]}
            who = place.members[name]
            members.change(db, who, patch, version=None, actor=SYSTEM, now=NOW)
        to = OnBehalf(organisation_id=key)
        on_behalf.choose(db, place.members[ADA], to, actor=SYSTEM, now=NOW)
        db.add(use(key))
        start, end = (Utc.parse(f"2026-11-25T{hour}:00:00.000Z") for hour in (10, 12))
        booking = NewBooking(
            member_id=place.members[ADA], access_point=LASER, starts_at=start, ends_at=end
        )
        bookings.create(db, booking, actor=SYSTEM, now=NOW)
        charge(db, key)
    return key


def use(organisation: str) -> UsageDay:
    return UsageDay(
        site_id=SITE,
        day=NOW.date(),
        access_point_id=LASER,
        organisation_id=organisation,
        project_id="",
        public="",
        sessions=1,
        active_ms=5_400_000,
        idle_ms=0,
        powered_ms=5_400_000,
    )


def charge(db: Session, organisation: str) -> None:
    rate = ArticleRate(id="sheet", name=Label(fr="Plaque"), unit=Unit.PIECE, price_cents=600)
    tariff = NewTariff(valid_from=NOW.date(), decision="CA", rates=(rate,), site_id=SITE)
    tariffs.create(db, tariff, actor=SYSTEM, now=NOW)
    sheets = NewCharge(article="sheet", quantity=2, organisation_id=organisation, site_id=SITE)
    charges.create(db, sheets, actor=SYSTEM, now=NOW)
    paid = NewPayment(
        means=Means.CASH,
        amount_cents=500,
        month="2026-11",
        organisation_id=organisation,
        site_id=SITE,
    )
    payments.create(db, paid, actor=SYSTEM, now=NOW)


def words(client: FlaskClient, address: str) -> str:
    text = re.sub(r"<[^>]+>", " ", plain(client.get(address)).split("<main")[1])
    return " ".join(text.split())


def test_a_manager_sees_people_use_bookings_and_what_is_due(
    place: Place, client: FlaskClient
) -> None:
    key = club(place)
    sign_in(client, "manager")
    listed = words(client, "/organisations")
    assert (
        "Personnes Heures machine ce mois-ci Plus ancien mois dû Dû Club sans SIRET : Club 2"
        " 2 personnes 1,5 h 1,5 h novembre 2026 7,00 € 7,00 € dus depuis novembre 2026" in listed
    )
    assert "1 structure 2 personnes 7,00 € dus Projets" in listed
    assert "Avec un reste dû 1" in listed
    one = words(client, f"/organisations/{key}")
    assert "2 personnes viennent pour elle. Elle a fait 1,5 h de machines ce mois." in one
    assert "Elle doit 7,00 €." in re.sub(r" (?=\.)", "", one)
    assert f"{ADA} son usage est compté ici" in one
    assert f"{BEN} Retirer" in one, "the usual case says nothing"
    assert re.search(f"mercredi 25 novembre [^0-9]+ 11:00 à 13:00, {ADA}", one)
    assert "novembre 2026 matières 12,00 € 12,00 € Noter un paiement" in one
    assert "reste dû : 7,00 €" in one
    with place.database.write() as db:
        closed = {"active": False}
        organisations.change(db, key, closed, version=None, actor=SYSTEM, now=NOW)
    assert "son usage est compté" not in words(client, f"/organisations/{key}")


def test_the_form_for_its_name_is_folded_until_it_is_wrong(
    place: Place, client: FlaskClient
) -> None:
    address = f"/organisations/{club(place)}"
    sign_in(client, "manager")
    folded, unfolded = '<details class="more"><summary>%s', '<details class="more" open><summary>%s'
    icon = '<svg class="icon" aria-hidden="true"><use href="[^"]+#pencil"/></svg>Renommer'
    assert re.search(folded % icon, plain(client.get(address)))
    typed = {"csrf_token": token_of(client), "name_fr": ""}
    assert re.search(unfolded % icon, plain(client.post(address, data=typed)))


def test_a_missing_siret_leads_to_its_form(place: Place, client: FlaskClient) -> None:
    key = club(place)
    form = f"/statements/2026-11/organisation:{key}/invoicing"
    sign_in(client, "manager")
    assert f'href="{form}">sans SIRET' in plain(client.get("/organisations"))
    assert "SIRET" in words(client, form)


def test_the_list_names_the_projects_of_an_organisation(place: Place, client: FlaskClient) -> None:
    key = club(place)
    with place.database.write() as db:
        other = NewOrganisation(site_id=SITE, name=Label(fr="Amis"))
        organisations.create(db, other, actor=SYSTEM, now=NOW)
        for name in ("Vélo", "Four", "Jardin", "Radio"):
            new = NewProject(site_id=SITE, name=Label(fr=name), organisation_id=key)
            projects.create(db, new, actor=SYSTEM, now=NOW)
    sign_in(client, "manager")
    listed = words(client, "/organisations")
    assert "Structure Projets Personnes" in listed
    assert "Amis – – " in listed
    assert "sans SIRET : Club Four, Jardin, Radio et 1 autre 2" in listed


def test_the_desk_sees_people_and_bookings_and_no_money(place: Place, client: FlaskClient) -> None:
    key = club(place)
    sign_in(client, "desk")
    assert "Dû" not in words(client, "/organisations")
    one = words(client, f"/organisations/{key}")
    assert f"13:00, {ADA}" in one
    assert ("€" in one, "Relevés" in one, "1,5" in one) == (False, False, False)

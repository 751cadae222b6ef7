"""Several people chosen from the list: the effect on each first, done once, taken back whole."""

import html
import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from controller.capabilities.billing import tariffs
from controller.capabilities.billing.rates import SubscriptionRate
from controller.capabilities.billing.shapes import NewTariff
from controller.capabilities.members.models import MemberRow, MemberSuspension
from controller.capabilities.plans import plans, subscriptions
from controller.capabilities.plans.models import SubscriptionRow
from controller.capabilities.plans.shapes import NewPlan, NewSubscription
from controller.capabilities.training import certifications, member_certifications
from controller.capabilities.training.models import HeldRow
from controller.capabilities.training.shapes import Grant, NewCertification
from controller.domain.facts import Language, Level, MemberStatus
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.database import Database
from controller.kernel.shapes import Label
from tests.support.databases import filled
from tests.support.statements import counted
from tests.webui.conftest import NOW, SITE, sign_in, token_of
from tests.webui.members.people import add_member, undo

SYSTEM = Actor.system("test")
NAMES = ("Abel", "Bruno", "Chloé", "Dora", "Émile", "Fanny", "Gus")
"""Until June; over; endless; suspended; left; never; a minor without a guardian."""


@pytest.fixture
def ids(database: Database) -> dict[str, str]:
    return filled(database, _fill)


def _fill(database: Database) -> dict[str, str]:
    found = {name: add_member(database, name) for name in NAMES}
    with database.write() as db:
        plans.create(db, NewPlan(id="atelier", name=Label(fr="Atelier")), actor=SYSTEM, now=NOW)
        for name, days in (("Abel", 100), ("Bruno", -3), ("Chloé", None), ("Dora", 5), ("Gus", 5)):
            new = NewSubscription(
                member_id=found[name],
                plan_id="atelier",
                valid_from=Utc.of(NOW - timedelta(days=30)),
                valid_until=None if days is None else Utc.of(NOW + timedelta(days=days)),
            )
            subscriptions.create(db, new, actor=SYSTEM, now=NOW)
        db.get_one(MemberRow, found["Dora"]).status = MemberStatus.SUSPENDED
        db.get_one(MemberRow, found["Émile"]).status = MemberStatus.LEFT
        db.get_one(MemberRow, found["Gus"]).categories = ["minor"]
    return found


def choose(client: FlaskClient, ids: dict[str, str], *names: str, **more: str) -> str:
    """What the page says of them."""
    data = {"csrf_token": token_of(client), "member": [ids[name] for name in names], **more}
    answer = client.post("/members/several", data=data)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return html.unescape(answer.get_data(as_text=True)).replace("\u00a0", " ")


def press(client: FlaskClient, page: str, **more: str) -> int:
    """Press the button of that page; the answer's status."""
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
    chosen = re.findall(r'<select[^>]+name="(\w+)".*?<option value="(\w+)" selected', page, re.S)
    return client.post("/members/several/do", data={**fields, **dict(chosen), **more}).status_code


def ends(database: Database, member: str) -> list[Utc | None]:
    with database.read() as db:
        rows = db.query(SubscriptionRow).filter_by(member_id=member)
        return [row.valid_until for row in rows.order_by(SubscriptionRow.valid_from)]


def test_subscriptions_are_extended_for_those_it_applies_to(
    client: FlaskClient, database: Database, ids: dict[str, str]
) -> None:
    sign_in(client, "desk")
    page = choose(client, ids, *NAMES)
    assert "7 personnes sélectionnées" in page
    assert "Prolonger 2</button>" in page
    assert "Possible pour 2, pas pour les 5 autres." in page
    for why in (
        "n’a pas de date de fin",
        "son accès est suspendu",
        "partie du lieu",
        "aucun abonnement à prolonger",
        "aucun responsable légal sur la fiche de ce mineur",
    ):
        assert why in page, why
    assert press(client, page) == 303
    old, new = ends(database, ids["Abel"])
    assert old is not None
    assert new is not None
    assert 360 < (new - old).days <= 366
    assert len(ends(database, ids["Bruno"])) == 2
    assert press(client, page) == 303, "the button is pressed twice"
    assert len(ends(database, ids["Abel"])) == 2
    said = undo(client, "/members")
    assert said.replace("\u00a0", " ") == "2 abonnements prolongés."
    assert [len(ends(database, ids[name])) for name in NAMES] == [1, 1, 1, 1, 0, 0, 1]
    assert press(client, page) == 303, "the page from before the undo is sent again"
    said = undo(client, "/members").replace("\u00a0", " ")
    assert said == "0 abonnement prolongé. Ce n’était pas possible pour 2."
    assert [len(ends(database, ids[name])) for name in NAMES] == [1, 1, 1, 1, 0, 0, 1]


def test_what_extending_costs_is_said_before_and_after(
    client: FlaskClient, database: Database, ids: dict[str, str]
) -> None:
    new = NewTariff(
        valid_from=NOW.date(),
        decision="2026-61",
        rates=(SubscriptionRate(plan_id="atelier", price_cents=3000),),
        site_id=SITE,
    )
    with database.write() as db:
        tariffs.create(db, new, actor=SYSTEM, now=NOW)
    sign_in(client, "desk")
    page = choose(client, ids, "Abel", "Bruno", "Dora").replace("\u202f", " ")
    assert "Possible pour 2, pas pour Dora. 60,00 € au total, sur leurs relevés." in page
    assert press(client, page) == 303
    said = undo(client, "/members").replace("\u00a0", " ").replace("\u202f", " ")
    assert said == "2 abonnements prolongés. 60,00 € au total, sur leurs relevés."


def test_two_hundred_at_once(client: FlaskClient, database: Database, ids: dict[str, str]) -> None:
    with database.write() as db:
        for number in range(200):
            key = str(number).rjust(36, "0")
            row = MemberRow(id=key, ref=key, site_id=SITE, display_name=f"Zoé {number}")
            row.language, row.categories, row.aids = Language.FR, [], []
            row.status, row.created_at = MemberStatus.ACTIVE, NOW
            db.add(row)
        db.flush()
        for number in range(200):
            key = str(number).rjust(36, "0")
            end = Utc.of(NOW + timedelta(days=3))
            db.add(
                SubscriptionRow(
                    id=key, member_id=key, plan_id="atelier", valid_from=NOW, valid_until=end
                )
            )
    sign_in(client, "desk")
    page = choose(client, ids, every="1", state="ending")
    assert "Prolonger 200</button>" in page
    assert press(client, page) == 303
    with database.read() as db:
        assert db.query(SubscriptionRow).count() == 5 + 200 + 200
    bar = client.get("/members?state=ending").text.partition('<div class="undo"')[2]
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', bar))
    undone = client.post("/members/several/take-back", data=fields)
    assert undone.location == "/members?state=ending"
    with database.read() as db:
        assert db.query(SubscriptionRow).count() == 5 + 200


def test_several_are_suspended_with_a_reason(
    client: FlaskClient, database: Database, ids: dict[str, str]
) -> None:
    sign_in(client, "manager")
    page = choose(client, ids, "Abel", "Bruno", "Dora", "Émile", bulk_action="suspend")
    assert "Suspendre 2</button>" in page
    assert press(client, page) == 422, "no reason is given"
    assert press(client, page, reason="Clés non rendues") == 303
    with database.read() as db:
        why = {row.member_id: row.reason for row in db.query(MemberSuspension)}
        assert why == {ids["Abel"]: "Clés non rendues", ids["Bruno"]: "Clés non rendues"}
    undo(client, "/members")
    with database.read() as db:
        assert db.get_one(MemberRow, ids["Abel"]).status is MemberStatus.ACTIVE
        assert db.get_one(MemberRow, ids["Dora"]).status is MemberStatus.SUSPENDED


def test_several_are_certified(
    client: FlaskClient, database: Database, ids: dict[str, str]
) -> None:
    with database.write() as db:
        new = NewCertification(id="laser", name=Label(fr="Laser"))
        certifications.create(db, new, actor=SYSTEM, now=NOW)
        member_certifications.grant(
            db, ids["Bruno"], "laser", Grant(level=Level.USER), actor=SYSTEM, now=NOW
        )
    sign_in(client, "manager")
    page = choose(client, ids, "Abel", "Bruno", "Fanny", bulk_action="certify")
    assert "Choisissez d’abord une habilitation" in page
    page = choose(
        client, ids, "Abel", "Bruno", "Fanny", bulk_action="certify", certification="laser"
    )
    assert "Possible pour 2, pas pour Bruno." in page
    assert "Habiliter 2</button>" in page
    assert "l’a déjà" in page
    assert press(client, page) == 303
    with database.read() as db:
        assert db.query(HeldRow).count() == 3
    undo(client, "/members")
    with database.read() as db:
        assert [row.member_id for row in db.query(HeldRow)] == [ids["Bruno"]]


def test_who_may_only_certify_is_offered_that_first(
    client: FlaskClient, database: Database, ids: dict[str, str]
) -> None:
    with database.write() as db:
        new = NewCertification(id="laser", name=Label(fr="Laser"))
        certifications.create(db, new, actor=SYSTEM, now=NOW)
    sign_in(client, "trainer")
    page = choose(client, ids, "Abel")
    assert 'class="button go"' not in page, "no button while it does nothing"
    assert "Que faire" in page
    assert "Prolonger" not in page


def test_it_starts_with_what_may_work_for_somebody(
    client: FlaskClient, database: Database, ids: dict[str, str]
) -> None:
    with database.write() as db:
        new = NewCertification(id="laser", name=Label(fr="Laser"))
        certifications.create(db, new, actor=SYSTEM, now=NOW)
    sign_in(client, "manager")
    page = choose(client, ids, "Fanny")
    assert "Choisissez d’abord une habilitation" in page
    assert "Prolonger 1</button>" in choose(client, ids, "Fanny", "Abel")
    page = choose(client, ids, "Fanny", bulk_action="renew")
    assert "Prolonger 0" not in page, "asked for, and possible for nobody"
    assert "aucun abonnement à prolonger" in page


def test_the_desk_certifies_nobody(
    client: FlaskClient, database: Database, ids: dict[str, str]
) -> None:
    with database.write() as db:
        new = NewCertification(id="laser", name=Label(fr="Laser"))
        certifications.create(db, new, actor=SYSTEM, now=NOW)
    sign_in(client, "desk")
    page = choose(client, ids, "Abel")
    assert 'value="certify"' not in page
    assert press(client, page, bulk_action="certify", certification="laser", level="user") == 303
    with database.read() as db:
        assert db.query(HeldRow).count() == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [("bulk_action", "erase"), ("act", "x"), ("length", "ever"), ("level", "trainer")],
)
def test_a_form_that_is_not_ours(
    client: FlaskClient, ids: dict[str, str], field: str, value: str
) -> None:
    sign_in(client, "manager")
    data = {"csrf_token": token_of(client), "member": [ids["Abel"]], field: value}
    assert client.post("/members/several", data=data).status_code == 400


def test_the_effect_takes_as_many_statements_for_many_as_for_few(
    client: FlaskClient, database: Database, ids: dict[str, str]
) -> None:
    for number in range(30):
        ids[f"More {number}"] = add_member(database, f"More {number}")
    sign_in(client, "manager")
    asked = []
    for names in (("Abel", "Bruno"), tuple(ids)):
        for bulk_action in ("renew", "suspend", "certify"):
            with counted(database) as statements:
                choose(client, ids, *names, bulk_action=bulk_action)
            asked.append(len(statements))
    assert asked[:3] == asked[3:]

"""The search field acts: each act with its effect, greyed with its reason, none before its effect
was shown."""

import re

import pytest
from flask.testing import FlaskClient

from controller.capabilities.machines.models import CommandRow
from controller.capabilities.members import members
from controller.capabilities.members.shapes import NewMember
from controller.capabilities.places.models import ZoneRow
from controller.capabilities.presence import presence
from controller.capabilities.presence.models import PresenceRow
from controller.capabilities.presence.shapes import NewPresence
from controller.kernel.actor import Actor
from controller.kernel.database import Database
from controller.kernel.paging import MAX_LIMIT
from controller.wire.ids import uuid7
from tests.webui.conftest import NOW, SITE, sign_in, token_of
from tests.webui.live.live_actions import desk as desk

BOSS = Actor.system("test")


def found(client: FlaskClient, query: str) -> str:
    """What comes while one types."""
    answer = client.get("/find", query_string={"q": query}, headers={"HX-Request": "true"})
    text = re.sub(r"</?mark>|\s*<svg.*?</svg>", "", answer.get_data(as_text=True))
    return re.sub(r"\s+", " ", text)


@pytest.mark.parametrize("query", ["ouvrir front", "front open", "OUVRIR la front", "déverr fro"])
def test_an_act_stands_with_its_effect_before_it_is_done(desk: FlaskClient, query: str) -> None:
    text = found(desk, query)
    assert 'aria-selected="true" formaction="/points/front/open"' in text
    assert "Elle s’ouvre une fois, et se referme seule." in text


def test_enter_before_the_effect_is_shown_does_nothing(
    desk: FlaskClient, database: Database
) -> None:
    data = {"csrf_token": token_of(desk), "q": "ouvrir front"}
    answer = desk.post("/find", data=data)
    assert answer.headers["Location"] == "/find?q=ouvrir+front"
    page = desk.get("/find?q=ouvrir front").get_data(as_text=True)
    assert '<button form="act" formaction="/points/front/open">' in page
    with database.read() as db:
        assert db.query(CommandRow).count() == 0


@pytest.mark.parametrize(
    ("next_page", "leads_to"),
    [("/members?q=zo", "/members?q=zo"), ("https://evil.example/", "/"), ("//evil.example", "/")],
)
def test_an_act_leads_back_to_its_page_and_to_no_other_server(
    desk: FlaskClient, next_page: str, leads_to: str
) -> None:
    data = {"csrf_token": token_of(desk), "next": next_page}
    answer = desk.post("/points/front/open", data=data)
    assert answer.headers["Location"] == leads_to


def test_what_does_not_apply_stays_with_its_reason(desk: FlaskClient) -> None:
    text = found(desk, "remettre en service laser")
    assert 'aria-disabled="true"' in text
    assert "il n’est pas hors service" in text
    assert 'aria-selected="true"' not in text.partition("Ouvrir")[0]


def test_an_act_that_needs_a_reason_asks_for_it_in_the_same_place(desk: FlaskClient) -> None:
    text = found(desk, "hors service laser")
    (address,) = re.findall(r'aria-selected="true" data-question="([^"]+)"', text)
    asked = desk.get(address, headers={"HX-Request": "true"}).get_data(as_text=True)
    assert 'formaction="/points/laser/out" name="reason" value="En panne"' in asked
    assert 'data-field="reason" data-ask="Autre motif"' in asked
    assert desk.get(address).headers["Location"] == "/machines/laser"
    missing = address.replace("out", "nothing")
    assert desk.get(missing, headers={"HX-Request": "true"}).status_code == 404


def test_a_word_alone_opens_what_it_names(desk: FlaskClient) -> None:
    assert "formaction" not in found(desk, "laser")
    assert 'id="act-1"' in found(desk, "ouvrir")
    assert 'aria-selected="true"' not in found(desk, "ouvrir")


def test_who_may_not_command_gets_no_acts(client: FlaskClient, desk: FlaskClient) -> None:
    sign_in(client, "observer")
    assert client.get("/find?q=ouvrir front").status_code in (403, 404)
    sign_in(client, "trainer")
    assert 'aria-label="Agir"' not in found(client, "prêter badge ada")


def test_who_is_in_leaves_and_who_is_not_says_so(desk: FlaskClient, database: Database) -> None:
    with database.write() as db:
        db.add(ZoneRow(id="hall", site_id=SITE, name={"fr": "Hall"}, capacity=None))
        db.flush()
        for name in ("Marek Kowal", "Marek Autre"):
            made = members.create(db, NewMember(display_name=name), actor=BOSS, now=NOW)
            if name == "Marek Kowal":
                new = NewPresence(member_id=made.id, zone_id="hall", heads=1, at=NOW)
                there = presence.check_in(db, new, actor=BOSS, now=NOW)
    text = found(desk, "sortie marek")
    assert f'formaction="/desk/leave" name="presence" value="{there.id}"' in text
    assert "pas là" in text
    data = {"csrf_token": token_of(desk), "presence": there.id, "next": "/members"}
    assert desk.post("/desk/leave", data=data).headers["Location"] == "/members"
    assert 'formaction="/desk/leave"' not in found(desk, "sortie kowal")


def test_who_came_in_after_five_hundred_others_leaves_too(
    desk: FlaskClient, database: Database
) -> None:
    """Nobody is said not to be there because as many others are as fit on a page."""
    with database.write() as db:
        db.add(ZoneRow(id="hall", site_id=SITE, name={"fr": "Hall"}, capacity=None))
        db.flush()
        visitor = {"site_id": SITE, "zone_id": "hall", "heads": 1, "moved_at": NOW, "by_desk": True}
        for number in range(MAX_LIMIT):
            db.add(PresenceRow(id=uuid7(), label=f"Visiteur {number}", **visitor))
        made = members.create(db, NewMember(display_name="Marek Kowal"), actor=BOSS, now=NOW)
        new = NewPresence(member_id=made.id, zone_id="hall", heads=1, at=NOW)
        there = presence.check_in(db, new, actor=BOSS, now=NOW)
    text = found(desk, "sortie marek")
    assert f'formaction="/desk/leave" name="presence" value="{there.id}"' in text
    assert "pas là" not in text


def test_lending_a_badge_leads_to_the_desk(desk: FlaskClient, database: Database) -> None:
    with database.write() as db:
        made = members.create(db, NewMember(display_name="Zoé Lefèvre"), actor=BOSS, now=NOW)
    text = found(desk, "prêter un badge à zoe")
    assert f'href="/desk?person={made.id}#lend"' in text

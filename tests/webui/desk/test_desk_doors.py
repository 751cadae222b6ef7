"""From the desk a door is opened, by itself or with an entry; a badge is read at a reader."""

import re
from datetime import timedelta

import pytest

from controller.capabilities.agents.models import AgentRow, AgentState
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.machines.models import AccessPointRow, CommandRow, PointStateRow
from controller.capabilities.places import schedules
from controller.capabilities.places.shapes import NewSchedule, Weekly
from controller.capabilities.plans import plans, subscriptions
from controller.capabilities.plans.shapes import NewPlan, NewSubscription
from controller.capabilities.presence.models import PresenceRow
from controller.capabilities.user_reports.models import HandoverNote
from controller.domain.facts import PointKind
from controller.domain.time import Utc
from controller.kernel.database import Database
from controller.kernel.shapes import Label
from tests.support.clock import Clock
from tests.webui.conftest import NOW, SITE
from tests.webui.desk.conftest import SYSTEM, Desk
from tests.webui.live.live_actions import agent_state, point, point_state
from tests.webui.members.people import add_member


@pytest.fixture(autouse=True)
def doors(desk: Desk, database: Database) -> None:
    """Two, of which the front one leads into the first room."""
    with database.write() as db:
        db.add(AgentRow(id="pi", site_id=SITE, name={"en": "Pi"}, created_at=NOW))
        db.flush()
        db.add(agent_state("pi", online=True))
        back, front = point("back", PointKind.DOOR), point("front", PointKind.DOOR)
        front.zone_id = "atelier"
        db.add_all([back, front])
        db.flush()
        db.add_all([point_state("back", "locked"), point_state("front", "locked")])


def sent(database: Database) -> list[tuple[str, str | None]]:
    with database.read() as db:
        rows = db.query(CommandRow).order_by(CommandRow.id)
        return [(row.type, row.access_point_id) for row in rows]


def test_the_four_acts_of_a_door_come_back_to_the_person(desk: Desk, database: Database) -> None:
    text = desk.text(f"?person={desk.zoe}")
    for deed in ("open", "hold", "hours", "lock-down"):
        address = f"/points/front/{deed}?back=desk&person={desk.zoe}"
        assert f'="{address}"' in text or deed == "hours", deed
    assert text.index("Front</span>") < text.index("Back</span>"), "the way in stands first"
    path = f"/points/front/open?back=desk&person={desk.zoe}"
    assert desk.post(path).headers["Location"] == f"/desk?person={desk.zoe}"
    assert sent(database) == [("release_door", "front")]
    assert "Front\u00a0: ouverte une fois." in desk.text()


def test_visitors_and_parcels_come_in_with_the_door(desk: Desk, database: Database) -> None:
    desk.post("/desk/enter", name="", heads="2", zone="hall", door="front")
    desk.post("/desk/notes", text="Colis", door="back")
    assert sent(database) == [("release_door", "front"), ("release_door", "back")]
    with database.write() as db:
        assert (db.query(PresenceRow).count(), db.query(HandoverNote).count()) == (1, 1)
        db.get_one(AgentState, "pi").online = False
    desk.post("/desk/enter", name="", heads="2", zone="hall", door="front")
    assert "C’est noté, mais la porte ne répond pas" in desk.text()
    with database.read() as db:
        assert db.query(PresenceRow).count() == 2
        assert db.query(PointStateRow).count() == 2


def test_a_badge_for_the_day_that_opens_no_door_says_so(desk: Desk, database: Database) -> None:
    desk.post("/desk/lend", member=desk.zoe, value="0001234567")
    refusal = "Ne peut pas entrer\u00a0: abonnement nécessaire."
    assert f"Badge prêté jusqu’à minuit. {refusal}<" in desk.text()
    ana = add_member(database, "Ana Roy")
    with database.write() as db:
        new = NewSubscription(member_id=ana, plan_id="plan", valid_from=NOW)
        subscriptions.create(db, new, actor=SYSTEM, now=NOW)
    desk.post("/desk/lend", member=ana, value="0001234568")
    assert "Badge prêté jusqu’à minuit.<" in desk.text()


def answered(database: Database, result: str, credential: str | None = None) -> str:
    """The agent has answered the last command; its id."""
    with database.write() as db:
        row = db.query(CommandRow).order_by(CommandRow.id.desc()).first()
        assert row is not None
        row.result, row.data = result, {"credential": credential} if credential else None
        return row.id


def test_a_badge_at_the_desks_reader_opens_its_person(
    desk: Desk, database: Database, clock: Clock
) -> None:
    to = desk.post("/desk/read", point="front").headers["Location"]
    assert sent(database) == [("read_credential", "front")]
    assert "Passez le badge\u00a0: Front." in desk.client.get(to).get_data(as_text=True)
    again = desk.post("/desk/read", point="front").headers["Location"]
    assert again == to, "two desks wait for the same badge"
    answered(database, "done", "uid:04A1B2C3")
    part = desk.client.get(to, headers={"HX-Request": "true"})
    assert part.headers["HX-Redirect"] == to
    assert "04A1B2C3" not in to
    assert desk.client.get(to).headers["Location"] == f"/desk?person={desk.zoe}"


def test_an_unknown_badge_there_becomes_hers(desk: Desk, database: Database) -> None:
    to = desk.post("/desk/read", point="front", person=desk.zoe).headers["Location"]
    answered(database, "done", "uid:04DDDDDD")
    text = desk.client.get(to).get_data(as_text=True)
    assert "Le donner à Zoé d’Artois" in text.replace("&#39;", "’")
    desk.post(f"/members/{desk.zoe}/badges", value="04DDDDDD", back="desk")
    with database.read() as db:
        assert db.query(CredentialRow).filter_by(member_id=desk.zoe).count() == 2


def test_a_reader_that_is_the_desks_alone_is_asked_again(
    desk: Desk, database: Database, clock: Clock
) -> None:
    to = desk.post("/desk/read", point="front", stays="yes").headers["Location"]
    clock.now = Utc.of(NOW + timedelta(minutes=2))
    text = desk.client.get(to).get_data(as_text=True)
    assert "Aucun badge passé\u00a0: Front." in text
    assert 'hx-trigger="load, submit"' in text
    assert 'hx-trigger="load, submit"' in desk.text(), "whenever the page opens"
    desk.post("/desk/read/stop")
    assert 'hx-trigger="load, submit"' not in desk.text()


def test_a_reader_that_does_not_answer_says_so(desk: Desk, database: Database) -> None:
    with database.write() as db:
        db.get_one(AgentState, "pi").online = False
    desk.post("/desk/read", point="front", stays="yes")
    assert "Ce lecteur ne répond pas." in desk.text()
    assert desk.post("/desk/read", point="elsewhere").status_code == 303
    assert desk.client.get("/desk/read/nothing").status_code == 404
    assert sent(database) == []


def test_a_name_leads_to_her_and_still_to_the_others(desk: Desk, database: Database) -> None:
    other = add_member(database, "Zoélie N’Guessan")
    text = desk.text(f"?q=zoe&person={other}")
    assert '<h2 id="who">Zoélie N’Guessan</h2>' in text
    assert f'<a href="/desk?q=zoe&person={desk.zoe}">Zoé d’Artois</a>' in text
    assert desk.opened("back") == "/machines/back"


def test_a_name_that_two_people_share_opens_neither(desk: Desk, database: Database) -> None:
    others = [add_member(database, "Ada Both", email=f"ada{n}@lys.example") for n in (1, 2)]
    text = desk.text("?q=Ada Both").replace("<wbr>", "")
    assert 'id="who"' not in text
    assert "Personne ne porte ce nom" not in text
    for key, email in zip(others, ("ada1@lys.example", "ada2@lys.example"), strict=True):
        assert f'href="/desk?q=Ada+Both&person={key}"' in text
        assert email in text
    assert "(ada2@lys.example)" in desk.text(f"?q=Ada Both&person={others[0]}")


@pytest.mark.parametrize(
    ("hours", "said"),
    [(("08:00", "20:00"), "Peut entrer jusqu’à 20:00"), (("18:00", "20:00"), "Pas encore")],
)
def test_an_entry_is_noted_in_the_room_that_the_plan_opens(
    desk: Desk, database: Database, hours: tuple[str, str], said: str
) -> None:
    """The way in stands first, and this plan opens the other room; at its hours or later."""
    with database.write() as db:
        weekly = tuple(Weekly(weekday=day, start=hours[0], end=hours[1]) for day in range(7))
        schedule = NewSchedule(id="day", site_id=SITE, name=Label(fr="Journée"), weekly=weekly)
        schedules.create(db, schedule, actor=SYSTEM, now=NOW)
        for key, zone in (("front", "atelier"), ("back", "hall")):
            row = db.get_one(AccessPointRow, key)
            row.zone_id, row.requirement = zone, {"subscription": True}
        plan = NewPlan(id="cowork", name=Label(fr="Coworking"), schedule_id="day", zones=("hall",))
        plans.create(db, plan, actor=SYSTEM, now=NOW)
        bought = NewSubscription(member_id=desk.zoe, plan_id="cowork", valid_from=NOW)
        subscriptions.create(db, bought, actor=SYSTEM, now=NOW)
    text = desk.text(f"?person={desk.zoe}")
    assert said in text
    assert "Donner un abonnement" not in text, "nothing is wanting but the hour"
    deeds = text[text.index('<div class="desk-actions">') : text.index('id="lost-badge"')]
    assert re.findall(r'name="zone" value="(\w+)"', deeds) == ["hall"]
    assert f'formaction="/points/back/open?back=desk&person={desk.zoe}"' in deeds
    assert '<option value="hall" selected>Hall</option>' in text
    marked = '<option value="atelier">Atelier, sans accès pour cette personne</option>' in text
    assert marked == (said != "Pas encore")
    if said == "Pas encore":
        assert "Prochaine ouverture\u00a0: Back, 18:00." in text

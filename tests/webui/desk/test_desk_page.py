"""The desk: a badge or a name opens a person, who comes and goes, what is lent, notes, groups."""

import html
import re
from datetime import timedelta

import msgspec
import pytest
from sqlalchemy.orm import Session

from controller.capabilities.agents.models import AgentRow, AgentState
from controller.capabilities.badges import badges
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.billing import tariffs
from controller.capabilities.billing.rates import SubscriptionRate
from controller.capabilities.billing.shapes import NewTariff
from controller.capabilities.groups.models import GroupRow
from controller.capabilities.machines import access_points
from controller.capabilities.machines.shapes import NewAccessPoint
from controller.capabilities.places import schedules
from controller.capabilities.places.models import SiteRow
from controller.capabilities.places.shapes import NewSchedule, Weekly
from controller.capabilities.plans import passes, plans, subscriptions
from controller.capabilities.plans.models import SubscriptionRow
from controller.capabilities.plans.shapes import NewPass, NewPlan, NewSubscription
from controller.capabilities.presence import evacuations
from controller.capabilities.presence.models import EvacuationKind, Occupancy, PresenceRow
from controller.capabilities.presence.shapes import NewEvacuation
from controller.capabilities.training import certifications, member_certifications
from controller.capabilities.training.shapes import Grant, NewCertification
from controller.capabilities.user_reports.models import HandoverNote
from controller.domain.facts import Level, PointKind
from controller.domain.time import Utc
from controller.kernel.database import Database
from controller.kernel.shapes import Label
from tests.support.clock import Clock
from tests.support.event_rows import add_event
from tests.webui.conftest import NOW, SITE, sign_in, token_of
from tests.webui.desk.conftest import SYSTEM, VAULT, Desk
from tests.webui.members.people import add_member, undo


def test_a_badge_or_a_name_opens_the_person(desk: Desk, database: Database) -> None:
    assert desk.opened("04A1B2C3") == f"/desk?person={desk.zoe}"
    assert desk.opened("zoe ar") == "/desk?q=zoe+ar"
    other = add_member(database, "Zoélie N’Guessan")
    text = desk.text("?q=zoe")
    assert '<h2 id="who">Zoé d’Artois</h2>' in text
    assert f'/desk?q=zoe&person={other}">Zoélie N’Guessan</a>' in text, "not her?"
    assert "Personne ne porte ce nom" in desk.text("?q=nobody")
    assert desk.client.get("/desk?person=nothing").status_code == 404


def test_the_end_of_a_badge_that_pages_show_finds_its_person(desk: Desk) -> None:
    assert "Zoé d’Artois" in desk.text("?q=b2c3")
    text = desk.text("?q=b2c4")
    assert "Zoé d’Artois" not in text
    assert "Personne n’a de badge qui se termine par B2C4" in text
    assert 'id="new-name"' not in text, "nobody is called that"


def test_an_unknown_badge_is_for_somebody_new_in_three_acts(desk: Desk, database: Database) -> None:
    answer = desk.post("/desk/find", q="04DDEEFF")
    text = answer.get_data(as_text=True)
    assert "Ce badge n’appartient à personne" in html.unescape(text)
    assert 'value="04DDEEFF"' in text
    fields = {"name": "Ana Roy", "badge": "04DDEEFF", "plan": "plan", "length": "year"}
    made = desk.post("/members", back="desk", **fields)
    assert re.fullmatch(r"/desk\?person=[\w-]+", made.headers["Location"])
    with database.read() as db:
        assert db.query(SubscriptionRow).count() == 1
    assert undo(desk.client, made.headers["Location"]) == "Ana Roy fait maintenant partie du lieu."
    with database.read() as db:
        assert db.query(SubscriptionRow).count() == 0
        assert db.query(CredentialRow).count() == 1


def test_the_form_for_somebody_new_says_what_a_subscription_costs(
    desk: Desk, database: Database
) -> None:
    assert "Au tarif, sur son relevé" not in desk.text("?q=Bastien+Caron")
    rates = (SubscriptionRate(plan_id="plan", price_cents=3000),)
    new = NewTariff(valid_from=NOW.date(), decision="2026-61", rates=rates, site_id=SITE)
    with database.write() as db:
        tariffs.create(db, new, actor=SYSTEM, now=NOW)
    said = re.sub("[\u00a0\u202f]", " ", desk.text("?q=Bastien+Caron"))
    assert "Au tarif, sur son relevé : Abonnement Résident : 30,00 €." in said


def test_no_number_of_a_badge_is_searched_while_a_reader_types(desk: Desk) -> None:
    part = {"HX-Request": "true"}
    token = token_of(desk.client)
    for typed in ("04A1", "04A1B2C3", "z"):
        data = {"csrf_token": token, "q": typed}
        answer = desk.client.post("/desk/names", data=data, headers=part)
        assert (answer.status_code, answer.get_data()) == (200, b"")
    data = {"csrf_token": token, "q": "zoé"}
    answer = desk.client.post("/desk/names", data=data, headers=part)
    assert "Zoé d’Artois" in html.unescape(answer.get_data(as_text=True))


def test_nobody_comes_in_during_a_drill_and_is_told_so(desk: Desk, database: Database) -> None:
    here = f"?person={desk.zoe}"
    said = "une évacuation ou un exercice est en cours"
    enters = f'name="member" value="{desk.zoe}"><input type="hidden" name="zone"'
    assert enters in desk.text(here)
    with database.write() as db:
        new = NewEvacuation(kind=EvacuationKind.DRILL, site_id=SITE)
        evacuations.start(db, new, actor=SYSTEM, now=NOW)
    seen = desk.text(here)
    assert "pas avant la fin de l’évacuation" in seen
    assert enters not in seen
    desk.post("/desk/enter", member=desk.zoe, zone="atelier")
    assert said in desk.text(here).casefold()


def test_the_pass_says_what_an_entry_does_to_it(desk: Desk, database: Database) -> None:
    with database.write() as db:
        night = NewPlan(id="night", name=Label(fr="Nuit"), zones=("hall",))
        plans.create(db, night, actor=SYSTEM, now=NOW)
        new = NewPass(member_id=desk.zoe, plan_id="night", units=10, valid_from=NOW)
        passes.create(db, new, actor=SYSTEM, now=NOW)
    here = f"?person={desk.zoe}"
    assert "pas débité à l’entrée : il n’ouvre pas ici" in desk.text(here).replace("\u00a0", " ")
    with database.write() as db:
        subscribed = NewSubscription(member_id=desk.zoe, plan_id="plan", valid_from=NOW)
        subscriptions.create(db, subscribed, actor=SYSTEM, now=NOW)
    assert "un abonnement couvre l’entrée" in desk.text(here)


@pytest.mark.parametrize(("days", "is_offered"), [(20, True), (60, False)])
def test_a_subscription_that_ends_soon_is_extended_at_the_desk(
    desk: Desk, database: Database, days: int, is_offered: bool
) -> None:
    end = Utc.of(NOW + timedelta(days=days))
    with database.write() as db:
        new = NewSubscription(member_id=desk.zoe, plan_id="plan", valid_from=NOW, valid_until=end)
        key = subscriptions.create(db, new, actor=SYSTEM, now=NOW).id
    text = desk.text(f"?person={desk.zoe}")
    assert ("Un an de plus</button>" in text, f"/{key}/renew" in text) == (is_offered, is_offered)


def test_a_pass_that_is_newer_than_the_entry_says_that_today_is_not_used(
    desk: Desk, database: Database
) -> None:
    desk.post("/desk/enter", member=desk.zoe, zone="atelier")
    with database.write() as db:
        new = NewPass(member_id=desk.zoe, plan_id="plan", units=10, valid_from=NOW)
        passes.create(db, new, actor=SYSTEM, now=NOW)
        key = db.query(PresenceRow).one().id
    here = f"?person={desk.zoe}"
    assert "reste 10, aujourd’hui n’est pas débité\u00a0: notez sa sortie, puis" in desk.text(here)
    desk.post("/desk/leave", presence=key, member=desk.zoe)
    desk.post("/desk/enter", member=desk.zoe, zone="atelier")
    assert "reste 9, celui d’aujourd’hui est débité" in desk.text(here)


def test_who_is_in_stays_in_when_a_second_entry_is_pressed_or_taken_back(
    desk: Desk, database: Database, clock: Clock
) -> None:
    """Else they would be missing from the roll of an evacuation."""

    def where() -> tuple[str | None, Utc]:
        with database.read() as db:
            row = db.query(PresenceRow).one()
            return row.zone_id, row.moved_at

    def presence_id() -> str:
        with database.read() as db:
            return db.query(PresenceRow).one().id

    desk.post("/desk/enter", member=desk.zoe, zone="atelier")
    clock.forward(minutes=5)
    desk.post("/desk/enter", member=desk.zoe, zone="atelier")
    said = desk.text(f"?person={desk.zoe}")
    assert "Zoé d’Artois est déjà là, depuis 14:00." in said
    assert "/desk/enter/undo" not in said
    assert where() == ("atelier", NOW)
    desk.post("/desk/enter", member=desk.zoe, zone="hall")
    assert where() == ("hall", clock())
    key = presence_id()
    moved = {"presence": key, "since": clock().text(), "zone_before": "atelier"}
    undo(desk.client, f"/desk?person={desk.zoe}")
    assert where() == ("atelier", NOW)
    desk.post("/desk/enter/undo", **moved)
    assert where() == ("atelier", NOW), "it was undone already"


def test_in_and_out_and_both_taken_back(desk: Desk, database: Database) -> None:
    with database.write() as db:
        new = NewPass(member_id=desk.zoe, plan_id="plan", units=10, valid_from=NOW)
        passes.create(db, new, actor=SYSTEM, now=NOW)
    assert "reste 10, débité à l’entrée" in desk.text(f"?person={desk.zoe}")
    desk.post("/desk/enter", member=desk.zoe, zone="atelier")
    text = desk.text(f"?person={desk.zoe}")
    assert "1 sur 10" in text
    assert "débité à l’entrée" not in text, "they are in"
    with database.read() as db:
        (row,) = db.query(PresenceRow).all()
        assert (row.zone_id, row.by_desk) == ("atelier", True)
        key = row.id
    with database.write() as db:
        came = db.query(PresenceRow).one().moved_at = Utc.of(NOW - timedelta(hours=2))
    desk.post("/desk/leave", presence=key, member=desk.zoe)
    assert undo(desk.client, "/desk") == "Zoé d’Artois\u00a0: sortie notée."
    with database.read() as db:
        row = db.query(PresenceRow).one()
        assert (row.zone_id, row.moved_at) == ("atelier", came)
        assert db.query(Occupancy).one().entries == 1, "she came once"
    for wrong in ({"since": "noon"}, {"zone": "nowhere"}, {}):
        fields = {"presence": key, "zone": "atelier", "since": came.text(), **wrong}
        desk.post("/desk/leave/undo", **fields)
        assert "c’était déjà annulé, ou autre chose" in desk.text(), "she is in"
    for said in ("Entrée annulée.", "c’était déjà annulé, ou autre chose"):
        desk.post("/desk/enter/undo", presence=key)
        assert said in desk.text()


@pytest.mark.parametrize(("typed", "at"), [("9h30", "08:30"), ("9h", "08:00"), ("09:30", "08:30")])
def test_a_time_is_taken_as_people_write_it(
    desk: Desk, database: Database, typed: str, at: str
) -> None:
    desk.post("/desk/enter", member=desk.zoe, zone="hall", at=typed)
    with database.read() as db:
        assert db.query(PresenceRow).one().moved_at == Utc.parse(f"2026-11-24T{at}:00.000Z")


def test_an_entry_of_before_stands_at_its_true_time(desk: Desk, database: Database) -> None:
    desk.post("/desk/enter", member=desk.zoe, zone="hall", at="13:10")
    with database.read() as db:
        assert db.query(PresenceRow).one().moved_at == Utc.parse("2026-11-24T12:10:00.000Z")
    desk.post("/desk/enter", member=desk.zoe, zone="hall", at="23:59")
    assert "est encore à venir" in desk.text()
    desk.post("/desk/enter", member=desk.zoe, zone="hall", at="noon")
    assert "Saisissez l’heure comme 14:30" in desk.text()
    desk.post("/desk/enter", member=desk.zoe, zone="nowhere")
    assert "Choisissez un espace" in desk.text()


def test_visitors_by_name_and_number(desk: Desk, database: Database, clock: Clock) -> None:
    desk.post("/desk/enter", name="", heads="3", zone="hall")
    text = desk.text()
    assert "Visiteur" in text
    assert "3 sur 10" in text
    desk.post("/desk/enter", name="Mme Roy", heads="many", zone="hall")
    assert "Saisissez le nombre de personnes" in desk.text()
    with database.read() as db:
        key = db.query(PresenceRow).one().id
    clock.forward(hours=11)  # after midnight
    desk.post("/desk/leave", presence=key)
    undo(desk.client, "/desk")
    with database.read() as db:
        row = db.query(PresenceRow).one()
    assert (row.heads, row.moved_at) == (3, NOW)
    assert desk.post("/desk/enter", since="noon", zone="hall").status_code == 404


def test_why_a_form_of_a_dialog_is_refused_is_said_once(desk: Desk) -> None:
    for path, fields, why in (
        ("groups", {"name": "CM2", "heads": "8", "until": "10:00"}, "La fin doit être à venir"),
        ("enter", {"heads": "3", "zone": "hall", "at": "23:59"}, "est encore à venir"),
        ("notes", {"sheet": "delivery", "text": "X", "expected": "noon"}, "comme 14:30"),
    ):
        desk.post(f"/desk/{path}", **fields)
        assert desk.text().count(why) == 1, path


def test_just_after_midnight_somebody_is_noted_as_in_since_last_night(
    desk: Desk, database: Database, clock: Clock
) -> None:
    clock.forward(hours=10, minutes=5)  # 00:05
    sign_in(desk.client, "desk")
    assert "Heure vraie, aujourd’hui ou la nuit dernière" in desk.text(f"?person={desk.zoe}")
    desk.post("/desk/enter", member=desk.zoe, zone="hall", at="23:30")
    with database.read() as db:
        assert db.query(PresenceRow).one().moved_at == Utc.parse("2026-11-24T22:30:00.000Z")
    desk.post("/desk/enter", name="Tard", zone="hall", at="06:30")
    assert "06:30 est encore à venir" in desk.text().replace("\xa0", " ")


def test_what_is_wrong_with_visitors_stands_in_their_form_which_lies_over_the_page(
    desk: Desk, database: Database
) -> None:
    desk.post("/desk/enter", name="Tard", heads="2", zone="hall", at="23:30")
    page = desk.text()
    form = page.split('id="entry" data-open')[1].split("</form>")[0]
    assert "23:30 est encore à venir : saisissez une heure passée." in form.replace("\xa0", " ")
    assert 'value="Tard"' in form
    assert re.findall(r'name="entry" value="(.*?)"[^>]* checked', page) == ["visitors"]
    with database.read() as db:
        assert db.query(PresenceRow).all() == []


def test_badges_of_whoever_trains_are_not_offered_to_the_desk_which_reads_who_gives_them(
    desk: Desk, database: Database
) -> None:
    forms = ("/desk/lend", "/desk/replace", "/lost")
    text = desk.text(f"?person={desk.zoe}")
    assert [action in text for action in forms] == [True, True, True]
    with database.write() as db:
        new = NewCertification(id="laser", name=Label(fr="Laser"))
        certifications.create(db, new, actor=SYSTEM, now=NOW)
        trainer = Grant(level=Level.TRAINER, reason="first")
        member_certifications.grant(db, desk.zoe, "laser", trainer, actor=SYSTEM, now=NOW)
    text = desk.text(f"?person={desk.zoe}")
    assert [action in text for action in forms] == [False, False, True]
    assert "seul un responsable du lieu peut donner, remplacer ou rétablir ses badges" in text
    page = html.unescape(desk.client.get(f"/members/{desk.zoe}").get_data(as_text=True))
    assert "seul un responsable du lieu peut donner, remplacer ou rétablir ses badges" in page
    assert 'name="value"' not in page


def test_a_loan_that_is_over_is_not_active(desk: Desk, clock: Clock) -> None:
    desk.post("/desk/lend", member=desk.zoe, value="0001234567")
    looks = []
    for hours in (0, 11):
        clock.forward(hours=hours)
        sign_in(desk.client, "desk")
        page = desk.client.get(f"/members/{desk.zoe}").get_data(as_text=True)
        looks.append((page.count("Actif<"), page.count("Expiré<")))
    assert looks == [(2, 0), (1, 1)]


def test_a_badge_is_lent_until_the_place_closes_after_midnight(
    desk: Desk, database: Database, clock: Clock
) -> None:
    with database.write() as db:
        weekly = tuple(
            Weekly(weekday=day, start=start, end=end)
            for day in range(7)
            for start, end in (("00:00", "03:00"), ("14:00", "00:00"))
        )
        hours = NewSchedule(id="late", site_id=SITE, name=Label(fr="Soirée"), weekly=weekly)
        schedules.create(db, hours, actor=SYSTEM, now=NOW)
        db.get_one(SiteRow, SITE).opening = "late"
    desk.post("/desk/lend", member=desk.zoe, value="0001234567")
    assert "Badge prêté jusqu’à demain à 03:00." in desk.text()
    with database.read() as db:
        lent = db.query(CredentialRow).filter_by(lent=True).one()
        assert lent.valid_until == Utc.parse("2026-11-25T02:00:00.000Z")
    until = "jusqu’au 25 novembre à 03:00"
    page = html.unescape(desk.client.get(f"/members/{desk.zoe}").get_data(as_text=True))
    assert until in re.sub("<[^>]+>", "", page).replace("\u00a0", " ")
    label = html.unescape(desk.client.get("/badges/labels?of=lent").get_data(as_text=True))
    assert until in label.replace("\u00a0", " ")
    desk.post("/desk/groups", name="Concert", heads="2", until="02:00")
    desk.post("/desk/groups", name="Bal", heads="2")
    with database.read() as db:
        ends = {row.name: row.ends_at.text() for row in db.query(GroupRow)}
    assert ends == {"Concert": "2026-11-25T01:00:00.000Z", "Bal": "2026-11-25T02:00:00.000Z"}
    clock.forward(hours=11)
    sign_in(desk.client, "desk")
    desk.post("/desk/lend", member=add_member(database, "Ana Roy"), value="0001234568")
    assert "Badge prêté jusqu’à 03:00." in desk.text()


def test_a_badge_is_lent_for_the_day_and_comes_back(desk: Desk, database: Database) -> None:
    desk.post("/desk/lend", member=desk.zoe, value="0001234567")
    assert "Badge prêté jusqu’à minuit." in desk.text()
    with database.read() as db:
        lent = db.query(CredentialRow).filter_by(lent=True).one()
        assert lent.valid_until == Utc.parse("2026-11-24T23:00:00.000Z")
        key = lent.id
    lost = desk.text(f"?person={desk.zoe}").partition('id="lost-badge"')[2]
    lost = " ".join(re.sub(r"<[^>]+>", " ", lost).split())
    (own,) = re.findall(r"finit par (\w+) donné le", lost)
    assert "finit par 4567 prêté le" in lost
    listed = desk.client.get("/members").get_data(as_text=True)
    assert f'<td class="num">{own}</td>' in listed, "one's own, and not the lent one"
    assert "badge 4567" in desk.text()
    page = f"/members/{desk.zoe}"
    assert "Expiré" not in desk.client.get(page).text
    with database.write() as db:
        db.get_one(CredentialRow, key).valid_until = NOW
    assert "Expiré" in desk.client.get(page).text, "it opens nothing any more"
    path = f"/members/{desk.zoe}/badges/{key}/return"
    assert desk.post(path, back="desk").headers["Location"] == f"/desk?person={desk.zoe}"
    assert (
        undo(desk.client, "/desk") == "Badge rendu\u00a0: il peut être donné à quelqu’un d’autre."
    )
    assert "badge 4567" in desk.text(), "it was a mistake"
    desk.post(path, back="desk")
    assert "badge 4567" not in desk.text()
    again = f"/members/{desk.zoe}/badges/again"
    assert desk.post(again, receipt="no receipt").status_code == 400
    desk.post(again, receipt="AAAA", back="desk")
    assert "Trop tard, il a changé depuis, ou quelqu’un d’autre" in desk.text()


def test_a_second_badge_for_the_day_is_asked_about(desk: Desk, database: Database) -> None:
    second = {"member": desk.zoe, "value": "0001234568"}

    def lent() -> int:
        with database.read() as db:
            return db.query(CredentialRow).filter_by(lent=True).count()

    assert desk.post("/desk/lend", **second | {"value": "0001234567"}).status_code == 303
    answer = desk.post("/desk/lend", **second)
    question = "Rien n’est encore noté. Zoé d’Artois a déjà un badge en prêt, qui finit par 4567."
    assert answer.status_code == 422
    assert question in html.unescape(answer.text)
    assert lent() == 1
    assert desk.post("/desk/lend", **second, confirmed=question).status_code == 303
    assert lent() == 2


def test_a_lost_badge_is_replaced_at_the_desk(desk: Desk, database: Database) -> None:
    with database.read() as db:
        key = db.query(CredentialRow).one().id
    path = f"/members/{desk.zoe}/badges/{key}/replace"
    desk.post(path, value="04FFFFFF", back="desk")
    assert desk.opened("04FFFFFF") == f"/desk?person={desk.zoe}"
    with database.read() as db:
        assert db.get_one(CredentialRow, key).status == "lost"


def test_a_change_of_a_badge_says_which_boxes_do_not_know_it_yet(
    desk: Desk, database: Database
) -> None:
    with database.write() as db:
        key = db.query(CredentialRow).one().id
        for box, online in (("here", True), ("away", False)):
            db.add(AgentRow(id=box, site_id=SITE, name={"en": box}, created_at=NOW))
            db.flush()
            reported = {
                "protocols": [],
                "connection": 1,
                "epoch": 1,
                "policy_version": 1,
                "seen_at": NOW,
            }
            db.add(AgentState(agent_id=box, online=online, **reported))
            new = NewAccessPoint(
                id=box, kind=PointKind.MACHINE, name=Label(fr=f"Scie {box}"), agent_id=box
            )
            access_points.create(db, new, actor=SYSTEM, now=NOW)
    unknown = "où le boîtier n’a pas de contact : Scie away."
    desk.post(f"/members/{desk.zoe}/badges/{key}/lost", back="desk")
    assert f"Badge perdu, mais il marche encore là {unknown}" in desk.text().replace("\u00a0", " ")
    desk.post(f"/members/{desk.zoe}/badges/{key}/restore", back="desk")
    desk.post(f"/members/{desk.zoe}/badges/{key}/suspend", back="desk")
    text = desk.text().replace("\u00a0", " ")
    assert f"Badge suspendu, mais il marche encore là {unknown}" in text
    desk.post(f"/members/{desk.zoe}/badges/{key}/restore", back="desk")
    desk.post("/desk/replace", member=desk.zoe, badge=key, value="04FFFFFF")
    text = desk.text().replace("\u00a0", " ")
    assert f"Badge remplacé, mais pas encore là {unknown}" in text
    assert "l’ancien y marche toujours, le nouveau pas encore" in text


def test_a_group_comes_with_its_badge_and_goes(desk: Desk, database: Database) -> None:
    fields = {"name": "Collège", "heads": "8", "until": "17:30", "value": "04AABBCC"}
    desk.post("/desk/groups", **fields, zone="atelier")
    assert "8 personnes, " in desk.text(), "its heads are in"
    with database.read() as db:
        row = db.query(GroupRow).one()
        assert (row.headcount, row.ends_at) == (8, Utc.parse("2026-11-24T16:30:00.000Z"))
        key = row.id
    desk.post("/desk/groups", name="Late", heads="2", until="08:00")
    assert "La fin doit être à venir" in desk.text()
    desk.post(f"/desk/groups/{key}/end")
    with database.read() as db:
        assert db.get_one(GroupRow, key).ended_at == NOW
        assert db.query(CredentialRow).filter_by(group_id=key).count() == 0
    assert "8 personnes, " not in desk.text()


def test_a_group_without_a_badge_is_no_lent_badge_once_it_has_left(
    desk: Desk, database: Database
) -> None:
    desk.post("/desk/groups", name="CM2", heads="8", until="17:30", zone="atelier")
    with database.read() as db:
        key = db.query(PresenceRow).one().id
    assert "sans badge" in desk.text()
    desk.post("/desk/leave", presence=key)
    assert "sans badge" not in desk.text()


def test_visitors_of_yesterday_left_at_the_time_that_is_typed(
    desk: Desk, database: Database
) -> None:
    desk.post("/desk/enter", name="Julien", heads="3", zone="hall")
    assert "Heure réelle de sortie" not in desk.text()
    with database.write() as db:
        row = db.query(PresenceRow).one()
        key, came = row.id, Utc.parse("2026-11-23T16:00:00.000Z")
        row.moved_at = came
    assert "Heure réelle de sortie" in desk.text()
    desk.post("/desk/leave", presence=key, at="18:30")
    assert "Julien : sortie notée." in desk.text().replace("\xa0", " ")


def test_a_note_for_the_next_shift(desk: Desk, database: Database) -> None:
    desk.post("/desk/notes", text="Colis pour Récup’Art")
    assert "<small>desk, " in desk.text(), "an account without a person: no address of hers"
    assert "Colis pour Récup’Art" in desk.text()
    with database.read() as db:
        key = db.query(HandoverNote).one().id
    desk.post(f"/desk/notes/{key}/done")
    text = desk.text()
    assert "Colis pour" not in text
    assert "Marqué comme fait." in text
    (undo,) = re.findall(r'<form[^>]*action="([^"]*/done[^"]*)"[^>]*>(.*?)</form>', text, re.DOTALL)
    assert f"/desk/notes/{key}/done" in undo[0]
    assert 'name="done" value="no"' in undo[1]
    desk.post(undo[0], done="no")
    assert "Colis pour" in desk.text(), "it was a mistake"
    desk.post("/desk/notes", text="")
    assert "Saisissez le texte" in desk.text()


@pytest.mark.parametrize("typed", ["04A1B2C3", "uid:04 a1 b2 c3", " 0001234567 "])
def test_a_note_that_is_nothing_but_a_badge_is_refused_and_forgotten(
    desk: Desk, database: Database, typed: str
) -> None:
    for fields in ({"text": typed}, {"text": typed, "sheet": "delivery"}):
        desk.post("/desk/notes", **fields)
        text = desk.text()
        assert "C’est un numéro de badge" in text
        assert typed.strip() not in text
    desk.post("/desk/notes", text=f"Rappeler Ana au {typed}")
    assert f"Rappeler Ana au {typed}".strip() in desk.text()
    with database.read() as db:
        assert db.query(HandoverNote).count() == 1


def test_the_desk_of_another_site_is_not_touched(desk: Desk, database: Database) -> None:
    for path, fields in (
        ("/desk/enter", {"member": "nobody", "zone": "hall"}),
        ("/desk/leave", {"presence": "nobody"}),
        ("/desk/lend", {"member": "nobody", "value": "04AABBCC"}),
        ("/desk/groups/nothing/end", {}),
        ("/desk/notes/nothing/done", {}),
    ):
        assert desk.post(path, **fields).status_code == 404, path
    with database.read() as db:
        assert db.query(PresenceRow).count() == 0


def test_a_live_part_is_who_is_in_alone(desk: Desk) -> None:
    answer = desk.client.get("/desk", headers={"HX-Request": "true"})
    text = answer.get_data(as_text=True)
    assert 'id="in"' in text
    assert "<html" not in text


def refused(db: Session, value: str) -> str:
    """A reader was shown a badge that nobody has; the event's id."""
    db.add(AgentRow(id="pi", site_id=SITE, name={"en": "Pi"}, created_at=NOW))
    db.flush()
    at = f"{NOW.millis():012x}"  # UUIDv7, RFC 9562
    key = f"{at[:8]}-{at[8:]}-7000-8000-000000000001"
    body = {
        "seq": 1,
        "event_id": key,
        "boot_id": "019c1111-2222-7333-8444-666666666666",
        "mono_ms": 1,
        "at": NOW.text(),
        "clock_trusted": True,
        "access_point": "door-1",
        "type": "access_denied",
        "prev_hash": "0" * 64,
        "reason": "credential_unknown",
        "credential": VAULT.holder_key(badges.parse_number(value)),
    }
    add_event(
        db,
        agent="pi",
        stream="019c1111-2222-7333-8444-555555555555",
        seq=1,
        event_id=key,
        site=SITE,
        point="door-1",
        type="access_denied",
        at=NOW,
        received_at=NOW,
        raw=msgspec.json.encode(body),
    )
    return key


def test_somebody_new_gets_the_badge_that_a_reader_was_just_shown(
    desk: Desk, database: Database
) -> None:
    with database.write() as db:
        event = refused(db, "uid:04000009")
    text = desk.text()
    assert "Un badge inconnu vient d’être passé" in text
    assert f'name="claim" value="{event}" checked' in text
    fields = {"name": "Ana Roy", "badge": "", "plan": "", "length": "year", "claim": event}
    made = desk.post("/members", back="desk", **fields).headers["Location"]
    with database.read() as db:
        assert db.query(CredentialRow).filter_by(member_id=made.partition("=")[2]).count() == 1
    again = desk.post("/members", back="desk", **fields | {"name": "Bo Li"})
    assert again.status_code == 422, "it is Ana's now"
    text = html.unescape(again.get_data(as_text=True))
    assert "Ce badge n’est plus le dernier passé" in text
    assert 'name="back" value="desk"' in text

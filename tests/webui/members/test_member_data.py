"""Two records merged, a person's data given out, and a person erased, from the member's page."""

import html
import json
import re
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from flask.testing import FlaskClient

from controller.capabilities.accounts import accounts
from controller.capabilities.badges import credentials
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.badges.shapes import NewCredential
from controller.capabilities.badges.vault import Vault
from controller.capabilities.members import members, record_merge
from controller.capabilities.members.models import MemberRow
from controller.capabilities.organisations import organisations
from controller.capabilities.organisations.shapes import NewOrganisation
from controller.capabilities.places import zones
from controller.capabilities.places.shapes import NewZone
from controller.capabilities.plans import passes, plans, subscriptions
from controller.capabilities.plans.shapes import NewPass, NewPlan, NewSubscription
from controller.capabilities.presence import presence
from controller.capabilities.presence.shapes import NewPresence
from controller.capabilities.training import (
    certifications,
    course_sessions,
    enrolments,
    member_certifications,
)
from controller.capabilities.training.models import Outcome
from controller.capabilities.training.shapes import (
    Grant,
    NewCertification,
    NewCourseSession,
    NewOutcome,
)
from controller.capabilities.user_reports import handover
from controller.capabilities.user_reports.models import HandoverNote
from controller.capabilities.user_reports.shapes import NewHandoverNote
from controller.domain.facts import Level
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Role
from controller.kernel.database import Database
from controller.kernel.models import AuditEntry
from controller.kernel.shapes import Label
from tests.support.clock import Clock
from tests.webui.accounts.reauthentication import later
from tests.webui.conftest import NOW, PASSWORD, SITE, sign_in, token_of
from tests.webui.members.people import Person, add_member

SYSTEM = Actor.system("test")
VAULT = Vault(b"k" * 32, b"w" * 32)
ZOE, OTHER = "Zoé d’Artois-Lefèvre", "Zoe Dartois"


@pytest.fixture
def both(client: FlaskClient, database: Database) -> tuple[Person, str]:
    zoe, other = add_member(database, ZOE), add_member(database, OTHER)
    with database.write() as db:
        badge = NewCredential(member_id=other, value="uid:04A1B2C3")
        credentials.create(db, badge, vault=VAULT, actor=SYSTEM, now=NOW)
    sign_in(client, "manager")
    return Person(client, zoe), other


def test_who_may_be_the_same_is_offered(both: tuple[Person, str]) -> None:
    zoe, other = both
    assert "Réunir avec une autre fiche" in zoe.text()
    found = zoe.text("/merge?q=dartois")
    assert f"/members/{zoe.id}/merge?other={other}" in found
    assert f"?other={zoe.id}" not in found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Bérénice d’Hondt", "Berenice Dhondt"),
        ("Maxime Henebelle", "HENNEBELLE Maxime"),
        ("Jean-Pierre Le Goff", "Jeanpierre Le Goff"),
    ],
)
def test_a_name_that_is_spelt_nearly_so_may_be_the_same_person(
    client: FlaskClient, database: Database, one: str, other: str
) -> None:
    first, _theo = add_member(database, one), add_member(database, "Théo Vasseur")
    sign_in(client, "manager")
    asked = client.get("/members/like", query_string={"name": other}).get_data(as_text=True)
    assert (f'/members/{first}"' in asked, "Vasseur" in asked) == (True, False)
    second = add_member(database, other)
    found = Person(client, second).text("/merge")
    compare = f"/members/{first}/merge?other={second}"  # the older one is kept
    assert (compare in found, "Vasseur" in found) == (True, False)


def test_a_shared_first_name_alone_is_no_near_name(client: FlaskClient, database: Database) -> None:
    add_member(database, "Claire Vandamme")
    sign_in(client, "desk")
    ask = partial(client.get, "/members/like")
    assert "Vandamme" not in ask(query_string={"name": "Claire Bidule"}).get_data(as_text=True)
    for name in ("Claire", "Claire Vand", "VANDAMME Claire", "Luc Vandamme"):
        assert "Vandamme</" in ask(query_string={"name": name}).get_data(as_text=True), name
    form = {"csrf_token": token_of(client), "name": "Claire Bidule"}
    assert client.post("/members", data=form).status_code == 303, "nothing more is asked"


def test_the_record_with_an_account_is_kept_by_default(
    both: tuple[Person, str], database: Database
) -> None:
    zoe, other = both
    _account(database, other, Role.MEMBER)
    for page in (zoe.text("/merge?q=dartois"), Person(zoe.client, other).text("/merge?q=artois")):
        assert f"/members/{other}/merge?other={zoe.id}" in page


def test_that_an_admin_has_to_merge_it_is_said_before_anything_is_typed(
    both: tuple[Person, str], database: Database
) -> None:
    zoe, other = both
    _account(database, zoe.id, Role.DESK)
    for page in (
        zoe.text(f"/merge?other={other}"),
        Person(zoe.client, other).text(f"/merge?other={zoe.id}"),
    ):
        assert "peut réunir ces fiches" in page
        assert 'name="last_act"' not in page
    sign_in(zoe.client, "admin")
    assert 'name="last_act"' in zoe.text(f"/merge?other={other}")


def _account(database: Database, member: str, role: Role) -> None:
    with database.write() as db:
        accounts.create(
            db,
            login="zoe@example.org",
            password=PASSWORD,
            roles={SITE: frozenset({role})},
            member_id=member,
            actor=SYSTEM,
            now=NOW,
        )


def compared(person: Person, other: str) -> dict[str, str]:
    """What the form names of the comparison that the page shows now."""
    hidden = re.findall(
        r'name="(other|last_act)" value="([^"]+)"', person.text(f"/merge?other={other}")
    )
    return dict(hidden)


def test_what_was_done_to_either_since_the_page_was_shown_is_compared_again(
    both: tuple[Person, str], database: Database
) -> None:
    """A card that the desk gives to the duplicate meanwhile would work with all rights."""
    zoe, other = both
    shown = compared(zoe, other)
    with database.write() as db:
        badge = NewCredential(member_id=other, value="uid:04A1B2C4")
        credentials.create(db, badge, vault=VAULT, actor=SYSTEM, now=NOW)
    for fields in (shown, {"other": other}):
        again = zoe.post("/merge", **fields, name=OTHER)
        text = html.unescape(again.get_data(as_text=True)).replace("\u00a0", " ")
        assert (again.status_code, "a changé entre-temps" in text) == (422, True)
        assert "<li>badges d’accès : 2</li>" in text
    assert zoe.post("/merge", **compared(zoe, other), name=OTHER).status_code == 303


@pytest.mark.parametrize("is_turned_round", [False, True])
def test_what_was_merged_or_erased_in_the_meantime_is_said_on_the_page(
    both: tuple[Person, str], database: Database, is_turned_round: bool
) -> None:
    """A colleague merged the same two records, perhaps the other way round."""
    zoe, other = both
    shown = compared(zoe, other)
    kept, gone = (other, zoe.id) if is_turned_round else (zoe.id, other)
    with database.write() as db:
        record_merge.merge(db, kept, gone, actor=SYSTEM, now=NOW)
    again = zoe.post("/merge", **shown, name=OTHER)
    if is_turned_round:
        assert again.status_code == 303
        again = zoe.client.get(again.headers["Location"])
    text = html.unescape(again.get_data(as_text=True))
    assert "a été fusionnée ou effacée entre-temps" in text
    assert "Qui est la même personne que" in text
    assert Person(zoe.client, "nobody").post("/merge", **shown, name=OTHER).status_code == 404


def test_a_person_who_went_out_is_not_called_present(
    both: tuple[Person, str], database: Database
) -> None:
    zoe, other = both
    with database.write() as db:
        ref = db.get_one(MemberRow, other).ref
        presence.move(db, SITE, None, ref, at=NOW, now=NOW)
    text = zoe.text(f"/merge?other={other}").replace("\u00a0", " ")
    assert "<li>dernière entrée ou sortie : 1</li>" in text
    assert "présence" not in text


def test_who_typed_the_address_that_is_taken_over_stands_there(
    client: FlaskClient, database: Database
) -> None:
    zoe, other = add_member(database, ZOE), add_member(database, OTHER, email="me@desk.example")
    sign_in(client, "manager")
    text = Person(client, zoe).text(f"/merge?other={other}").replace("\u00a0", " ")
    assert "<li>Adresse e-mail : me@desk.example<ul><li>Adresse saisie par " in text
    text = Person(client, other).text(f"/merge?other={zoe}")
    assert "Adresse saisie par" not in text, "this one is kept"


def test_two_records_become_one(both: tuple[Person, str], database: Database) -> None:
    zoe, other = both
    text = zoe.text(f"/merge?other={other}")
    assert "<li>badges d’accès : 1</li>" in text.replace("\u00a0", " ")
    english = {"csrf_token": token_of(zoe.client), "language": "en"}
    zoe.client.post("/language", data=english)
    assert "<li>access badges: 1</li>" in zoe.text(f"/merge?other={other}")
    zoe.client.post("/language", data=english | {"language": "fr"})
    typed = zoe.post("/merge", other=other, name="Zoe")
    assert typed.status_code == 422
    assert 'value="Zoe"' in html.unescape(typed.get_data(as_text=True))
    assert zoe.post("/merge", **compared(zoe, other), name=OTHER).status_code == 303
    assert "B2C3" in zoe.text()
    with database.read() as db:
        assert [row.member_id for row in db.query(CredentialRow)] == [zoe.id]
        assert db.get(MemberRow, other) is None
        told = db.query(AuditEntry).filter_by(action="members_merged")
        assert {row.subject for row in told} == {f"member:{zoe.id}", f"member:{other}"}
        assert audit.verify(db) is None
    answer = zoe.client.get(f"/members/{other}")
    assert (answer.status_code, answer.headers["Location"]) == (302, zoe.page)


def test_two_records_of_one_name_are_told_apart_and_which_one_goes_is_chosen(
    client: FlaskClient, database: Database
) -> None:
    zoe, other = (add_member(database, ZOE, email=f"zoe{n}@lys.example") for n in (1, 2))
    with database.write() as db:
        badge = NewCredential(member_id=other, value="uid:04A1B2C3")
        credentials.create(db, badge, vault=VAULT, actor=SYSTEM, now=NOW)
    sign_in(client, "manager")
    person = Person(client, zoe)
    offered = person.text("/merge").replace("\u00a0", " ").replace("<wbr>", "")
    assert "zoe2@lys.example, badge B2C3, fiche du 24 novembre à 14:00, n° 2 de ce jour" in offered
    text = person.text(f"/merge?other={other}").replace("<wbr>", "")
    for one in ("zoe1@lys.example", "zoe2@lys.example", "badge B2C3"):
        assert text.count(one) == 2, "beside each record, and in the question"
    for choice in ({}, {"gone": zoe}):
        refused = person.post("/merge", other=other, name=ZOE, **choice)
        assert refused.status_code == 422
        assert "Choisissez la fiche à supprimer" in html.unescape(refused.get_data(as_text=True))
    shown = compared(person, other)
    assert person.post("/merge", **shown, name=ZOE, gone=other).status_code == 303
    with database.read() as db:
        assert db.get(MemberRow, other) is None


def test_two_running_subscriptions_of_one_plan_are_named_before_a_merge(
    both: tuple[Person, str], database: Database
) -> None:
    zoe, other = both
    with database.write() as db:
        for key in ("atelier", "past"):
            name = Label(fr=key.capitalize())
            plans.create(db, NewPlan(id=key, name=name), actor=SYSTEM, now=NOW)
        for member in (zoe.id, other):
            over: dict[str, Any] = {
                "valid_from": Utc.of(NOW - timedelta(days=9)),
                "valid_until": NOW,
            }
            past = NewSubscription(member_id=member, plan_id="past", **over)
            subscriptions.create(db, past, actor=SYSTEM, now=NOW)
        year: dict[str, Any] = {"plan_id": "atelier", "valid_from": NOW}
        subscriptions.create(db, NewSubscription(member_id=other, **year), actor=SYSTEM, now=NOW)
    merging = f"/merge?other={other}"
    assert "Les deux fiches" not in zoe.text(merging)
    with database.write() as db:
        subscriptions.create(db, NewSubscription(member_id=zoe.id, **year), actor=SYSTEM, now=NOW)
    text = zoe.text(merging).replace("\u00a0", " ")
    assert "Les deux fiches ont un abonnement en cours ou à venir : Atelier. " in text
    zoe.client.set_cookie("language", "en")
    assert "Both records have a subscription that has not ended: Atelier. " in zoe.text(merging)


def test_a_merge_names_each_right_and_payer_that_moves(
    both: tuple[Person, str], database: Database
) -> None:
    zoe, other = both
    with database.write() as db:
        certifications.create(
            db, NewCertification(id="laser", name=Label(fr="Laser")), actor=SYSTEM, now=NOW
        )
        grant = Grant(level=Level.TRAINER, reason="first")
        member_certifications.grant(db, other, "laser", grant, actor=SYSTEM, now=NOW)
        plans.create(db, NewPlan(id="atelier", name=Label(fr="Atelier")), actor=SYSTEM, now=NOW)
        given: dict[str, Any] = {"member_id": other, "plan_id": "atelier", "valid_from": NOW}
        subscriptions.create(db, NewSubscription(**given), actor=SYSTEM, now=NOW)
        passes.create(db, NewPass(**given, units=10), actor=SYSTEM, now=NOW)
        club = NewOrganisation(name=Label(fr="Récup’Art"))
        pays = organisations.create(db, club, actor=SYSTEM, now=NOW).id
        zones.create(db, NewZone(id="wood", name=Label(fr="Menuiserie")), actor=SYSTEM, now=NOW)
        patch = {"organisations": [pays], "supervises": ["wood"]}
        members.change(db, other, patch, version=None, actor=SYSTEM, now=NOW)
        past: dict[str, Any] = {
            "starts_at": Utc.of(NOW - timedelta(hours=3)),
            "ends_at": NOW,
            "theme": "Gravure",
        }
        key = course_sessions.create(db, NewCourseSession(**past), actor=SYSTEM, now=NOW).id
        outcome = NewOutcome(outcome=Outcome.PASSED)
        enrolments.set_outcome(db, key, other, outcome, actor=SYSTEM, now=NOW)
    text = html.unescape(zoe.text(f"/merge?other={other}")).replace("\u00a0", " ")
    for said in (
        "Laser, Formateur",
        "Abonnement Atelier, depuis : 24 novembre",
        "Pass Atelier de 10, depuis : 24 novembre",
        "Récup’Art",
        "Menuiserie",
        "Gravure, 24 novembre, Réussi",
    ):
        assert f"<li>{said}</li>" in text, said
    zoe.client.set_cookie("language", "en")
    moves = zoe.text(f"/merge?other={other}").partition("What moves")[2].partition("</ul>")[0]
    assert " :" not in moves, "as English writes it"


def test_a_record_is_not_merged_with_itself_or_with_nobody(both: tuple[Person, str]) -> None:
    zoe, _ = both
    assert "C’est la même fiche" in zoe.text(f"/merge?other={zoe.id}")
    assert zoe.post("/merge", other=zoe.id, name=ZOE).status_code == 422
    assert zoe.post("/merge", name=ZOE).status_code == 400
    assert zoe.client.get(f"{zoe.page}/merge?other=nobody").status_code == 404


def test_all_that_is_held_comes_as_a_file(both: tuple[Person, str], database: Database) -> None:
    zoe, _ = both
    answer = zoe.post("/data")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    found = json.loads(answer.data)
    assert found["tables"]["member"][0]["display_name"] == ZOE
    assert found["movements"] == [], "nobody is followed, not by the manager either"
    with database.read() as db:
        assert db.query(AuditEntry).filter_by(action="member_exported").count() == 1


def test_the_name_is_checked_before_the_password_is_asked_for(
    both: tuple[Person, str], database: Database, clock: Clock
) -> None:
    zoe, _ = both
    later(clock)
    refused = zoe.post("/erase", name="Zoé", reason="à sa demande")
    assert refused.status_code == 422
    assert "Tapez ce nom" in html.unescape(refused.get_data(as_text=True))
    asked = zoe.post("/erase", name=ZOE, reason="à sa demande")
    assert asked.status_code == 403
    assert "Mot de passe" in html.unescape(asked.get_data(as_text=True))
    with database.read() as db:
        assert db.get(MemberRow, zoe.id) is not None


def test_a_person_is_erased_by_name(both: tuple[Person, str], database: Database) -> None:
    zoe, _ = both
    text = zoe.text("/erase")
    assert "Journal des actions" in text
    refused = zoe.post("/erase", name="Zoé", reason="à sa demande")
    assert refused.status_code == 422
    assert "à sa demande" in html.unescape(refused.get_data(as_text=True))
    assert zoe.post("/erase", name=ZOE, reason=f"{ZOE} le demande").status_code == 422
    assert zoe.post("/erase", name=ZOE, reason="").status_code == 422
    typed = " " + ZOE.replace("’", "'").lower()
    assert zoe.post("/erase", name=typed, reason="à sa demande").status_code == 303
    with database.read() as db:
        assert db.get(MemberRow, zoe.id) is None
    assert zoe.client.get(zoe.page).status_code == 404


def test_whoever_erases_is_asked_which_texts_are_about_the_person(
    both: tuple[Person, str], database: Database
) -> None:
    zoe, _ = both
    add_member(database, "Paul d’Artois-Lefèvre")
    texts = ("M. Lefèvre rappelle", "Mme Lefevre a payé")
    with database.write() as db:
        notes = [
            handover.create(db, NewHandoverNote(text=text), actor=SYSTEM, now=NOW).id
            for text in texts
        ]
    page = html.unescape(zoe.text("/erase"))
    assert all(text in page for text in texts)
    assert "une consigne" in page
    also = f"handover_note/{notes[1]}"
    again = zoe.post("/erase", name="Zoé", reason="à sa demande", also=[also])
    assert f'value="{also}" checked' in again.get_data(as_text=True)
    assert zoe.post("/erase", name=ZOE, reason="à sa demande", also=[also]).status_code == 303
    with database.read() as db:
        left = [db.get_one(HandoverNote, note).text for note in notes]
    assert left == ["M. Lefèvre rappelle", "Mme […] a payé"]


def test_who_is_in_is_not_erased(both: tuple[Person, str], database: Database) -> None:
    zoe, _ = both
    with database.write() as db:
        zones.create(db, NewZone(id="atelier", name=Label(fr="Atelier")), actor=SYSTEM, now=NOW)
        here = NewPresence(zone_id="atelier", member_id=zoe.id)
        presence.check_in(db, here, actor=SYSTEM, now=NOW)
    assert "la sortie doit d’abord être notée" in zoe.text("/erase")
    refused = zoe.post("/erase", name=ZOE, reason="à sa demande")
    assert refused.status_code == 422
    with database.read() as db:
        assert db.get(MemberRow, zoe.id) is not None


def test_the_desk_does_neither(both: tuple[Person, str]) -> None:
    zoe, other = both
    sign_in(zoe.client, "desk")
    text = zoe.text()
    assert "Exporter" not in text
    assert "Effacer…" not in text
    for below, fields in (("/merge", {"other": other}), ("/data", {}), ("/erase", {"name": ZOE})):
        assert zoe.post(below, **fields).status_code == 403, below

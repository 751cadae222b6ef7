"""A person's rights on their page: subscriptions, passes, certifications, given and taken back."""

import re
from datetime import date, timedelta
from itertools import pairwise

import pytest
from flask.testing import FlaskClient

from controller.capabilities.machines import access_points
from controller.capabilities.machines.shapes import NewAccessPoint, RequirementShape
from controller.capabilities.members.models import MemberRow, MemberSuspension
from controller.capabilities.places import zones
from controller.capabilities.places.shapes import NewZone
from controller.capabilities.plans import plans, subscriptions
from controller.capabilities.plans.models import PassRow, PassUse, SubscriptionRow
from controller.capabilities.plans.shapes import NewPlan, NewSubscription
from controller.capabilities.training import (
    certifications,
    course_sessions,
    courses,
    member_certifications,
)
from controller.capabilities.training.models import HeldRow
from controller.capabilities.training.shapes import (
    Grant,
    NewCertification,
    NewCourse,
    NewCourseSession,
)
from controller.domain.facts import CertificationKind, Level, PointKind, Risk
from controller.domain.time import Utc
from controller.kernel.database import Database
from controller.kernel.shapes import Label
from controller.wire.ids import uuid7
from tests.support.statements import counted
from tests.webui.conftest import NOW, sign_in, token_of
from tests.webui.members.people import BADGE, SYSTEM, Person, add_machine


def test_a_subscription_and_one_year_more(zoe: Person, database: Database) -> None:
    zoe.post("/subscriptions", plan="atelier", length="month")
    assert "jusqu’au 23 décembre" in zoe.text().replace("\u00a0", " ")
    with database.read() as db:
        (first,) = db.query(SubscriptionRow).all()
        assert first.valid_until == Utc.parse("2026-12-23T23:00:00.000Z")
        key = first.id
    zoe.post(f"/subscriptions/{key}/renew", length="year")
    with database.read() as db:
        last = db.query(SubscriptionRow).filter(SubscriptionRow.id != key).one()
        assert last.valid_from == Utc.parse("2026-12-23T23:00:00.000Z")
        assert last.valid_until == Utc.parse("2027-12-23T23:00:00.000Z")
    assert "jusqu’au 23 décembre 2027" in zoe.text().replace("\u00a0", " "), "one after the other"
    zoe.post(f"/subscriptions/{key}/renew", length="year")
    assert "Déjà prolongé" in zoe.text().replace("\u00a0", " "), "another desk, or a second click"
    with database.read() as db:
        assert db.query(SubscriptionRow).count() == 2
    zoe.post(f"/subscriptions/{last.id}/take-back")
    with database.read() as db:
        assert [row.id for row in db.query(SubscriptionRow)] == [key]


def test_a_plan_that_runs_is_given_from_its_end_on_and_never_twice_for_a_day(
    zoe: Person, database: Database
) -> None:
    zoe.post("/subscriptions", plan="atelier", length="month")
    zoe.post("/subscriptions", plan="atelier", length="year")
    said = zoe.text().replace("\u00a0", " ")
    assert "Abonnement donné jusqu’au 23 décembre 2027. Il commence le 24 décembre." in said
    for begins, length in (("2026-12-01", "month"), ("2026-10-01", "year")):
        zoe.post("/subscriptions", plan="atelier", length=length, **{"from": begins})
        assert "certains de ces jours" in zoe.text()
    zoe.post("/subscriptions", plan="atelier", length="endless", **{"from": "2028-03-01"})
    zoe.post("/subscriptions", plan="atelier", length="month")
    zoe.post("/subscriptions", plan="atelier", length="year")
    assert "certains de ces jours" in zoe.text(), "it would go on into the one to come"
    with database.read() as db:
        periods = db.query(SubscriptionRow).order_by(SubscriptionRow.valid_from).all()
    assert len(periods) == 4
    ends = [(period.valid_until, later.valid_from) for period, later in pairwise(periods)]
    assert all(end and end <= start for end, start in ends)
    assert [end == start for end, start in ends] == [True, True, False]


def test_each_running_subscription_has_its_line_and_its_renewal(
    zoe: Person, database: Database
) -> None:
    with database.write() as db:
        plans.create(db, NewPlan(id="office", name=Label(fr="Bureau")), actor=SYSTEM, now=NOW)
    zoe.post("/subscriptions", plan="atelier", length="month")
    zoe.post("/subscriptions", plan="office", length="year")
    brief = zoe.text().replace("\u00a0", " ").split('id="sentence"')[1].split("Pass</h2>")[0]
    lines = re.findall(r'<p class="value">(.*?)</p>\s*<p>(.*?)</p>', brief)
    assert [name for name, _until in lines] == ["Bureau", "Atelier"]
    assert lines[1][1] == "jusqu’au 23 décembre"
    with database.read() as db:
        for row in db.query(SubscriptionRow):
            assert f"/subscriptions/{row.id}/renew" in brief
    listed = zoe.client.get("/members").text.replace("\u00a0", " ")
    assert "Atelier, <span>23 décembre</span><br>Bureau, <span>" in listed, "each with its end"


def test_a_year_more_from_the_middle_of_a_day_is_no_day_less(
    zoe: Person, database: Database
) -> None:
    with database.write() as db:
        end = Utc.parse("2026-12-02T17:40:00.000Z")
        new = NewSubscription(member_id=zoe.id, plan_id="atelier", valid_from=NOW, valid_until=end)
        key = subscriptions.create(db, new, actor=SYSTEM, now=NOW).id
    zoe.post(f"/subscriptions/{key}/renew", length="year")
    assert "jusqu’au 2 décembre 2027" in zoe.text().replace("\u00a0", " ")


def test_what_was_given_by_mistake_is_taken_back_days_later_with_a_reason(
    zoe: Person, database: Database
) -> None:
    zoe.post("/subscriptions", plan="atelier", length="year")
    zoe.post("/passes", plan="atelier", units="10")
    mistakes, asked = "Retirer ce qui a été donné par erreur", 'name="reason" maxlength="300"'
    _before, of_subscription, of_pass = zoe.text().split(mistakes)
    assert asked not in of_subscription + of_pass, "one’s own entry of today"
    assert "/passes/" not in of_subscription.split("</details>")[0], "each in its own column"
    assert "/subscriptions/" not in of_pass.split("</details>")[0]
    with database.write() as db:
        for row in (db.query(SubscriptionRow).one(), db.query(PassRow).one()):
            row.entered_at = row.valid_from = Utc.of(NOW - timedelta(days=9))
        keys = {"subscriptions": db.query(SubscriptionRow).one().id}
        keys["passes"] = db.query(PassRow).one().id
    assert [part.count(asked) for part in zoe.text().split(mistakes)[1:]] == [1, 1]
    for kind, key in keys.items():
        zoe.post(f"/{kind}/{key}/take-back")
        zoe.post(f"/{kind}/{key}/take-back", reason="to the wrong Zoé")
    with database.read() as db:
        assert (db.query(SubscriptionRow).count(), db.query(PassRow).count()) == (0, 0)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"length": "until", "day": "31/02/2027", "from": "2026-12-01"}, "n’est pas un jour"),
        ({"length": "until", "day": "2026-11-01"}, "La fin doit venir après le début"),
        ({"length": "until", "day": "9999-12-31"}, "cette année n’est pas valable"),
        ({"length": "year", "from": "9999-12-30"}, "cette année n’est pas valable"),
        ({"length": "year", "from": "0001-01-01"}, "cette année n’est pas valable"),
        ({"length": "year", "day": "2026-12-01"}, "Choisissez une durée ou un jour de fin"),
        ({"length": "eternity"}, "Choisissez une durée."),
        ({"length": "year", "plan": "nothing"}, "Ce n’est pas possible."),
    ],
)
def test_a_period_that_is_none_is_refused(
    zoe: Person, database: Database, fields: dict[str, str], words: str
) -> None:
    zoe.post("/subscriptions", **({"plan": "atelier"} | fields))
    text = zoe.text()
    assert words in text
    for kept in (fields.get("day"), fields.get("from")):
        assert kept is None or f'value="{kept}"' in text
    with database.read() as db:
        assert db.query(SubscriptionRow).count() == 0


def test_the_desk_records_what_was_signed_on_paper_and_certifies_nobody(
    zoe: Person, database: Database
) -> None:
    with database.write() as db:
        rules = NewCertification(
            id="charter", name=Label(fr="Charte"), kind=CertificationKind.DOCUMENT
        )
        certifications.create(db, rules, actor=SYSTEM, now=NOW)
    zoe.client.delete_cookie("loquet")
    sign_in(zoe.client, "desk")
    assert 'id="hand-in"' in zoe.text()
    assert 'id="give"' not in zoe.text()
    zoe.post("/certify", certification="laser", level="user")
    zoe.post("/certify", certification="charter", level="trainer")
    with database.read() as db:
        assert db.query(HeldRow).all() == []
    zoe.post("/certify", certification="charter", level="user")
    assert "/certifications/charter/suspend" not in zoe.text()
    zoe.post("/certifications/charter/suspend", **{"reason-charter": "lost"})
    with database.read() as db:
        (held,) = db.query(HeldRow)
        assert (held.certification_id, held.status) == ("charter", "active")


def test_no_enrolment_is_offered_before_what_the_course_needs(
    zoe: Person, database: Database
) -> None:
    add_machine(database, "laser-1", ("laser",))
    with database.write() as db:
        rules = NewCertification(
            id="charter", name=Label(fr="Charte"), kind=CertificationKind.DOCUMENT
        )
        certifications.create(db, rules, actor=SYSTEM, now=NOW)
        course = NewCourse(
            id="cut", name=Label(fr="Laser"), grants=("laser",), requires=("charter",)
        )
        courses.create(db, course, actor=SYSTEM, now=NOW)
        start = Utc.of(NOW + timedelta(days=2))
        planned = NewCourseSession(
            course_id="cut", starts_at=start, ends_at=Utc.of(start + timedelta(hours=2)), places=4
        )
        key = course_sessions.create(db, planned, actor=SYSTEM, now=NOW).id
    enrol = f"/course-sessions/{key}/enrol"
    text = zoe.text().replace("\u00a0", " ")
    assert enrol not in text
    assert "Il faut d’abord, pour s’inscrire : Charte." in text
    zoe.post("/certify", certification="charter", level="user")
    text = zoe.text()
    assert enrol in text
    assert "Noté comme remis." in text
    assert "Habilitation donnée" not in text


def test_a_pass_is_given_and_taken_back(zoe: Person, database: Database) -> None:
    zoe.post("/passes", plan="atelier", units="10", kind="half_day")
    assert "sur 10" in zoe.text()
    zoe.post("/passes", plan="atelier", units="many")
    assert "Ce n’est pas possible." in zoe.text()
    zoe.post("/passes", plan="atelier", units="5")
    zoe.undo()
    zoe.post("/passes", plan="atelier", units="1")
    with database.write() as db:
        row = db.query(PassRow).filter_by(units=1).one()
        use = {"pass_id": row.id, "member_id": zoe.id, "day": date(2026, 11, 24), "half": 0}
        db.add(PassUse(id=uuid7(), starts_at=NOW, ends_at=NOW, **use))
    zoe.undo()
    assert "Il a déjà servi : donnez-lui plutôt une date de fin." in zoe.text().replace(
        "\u00a0", " "
    )
    with database.read() as db:
        assert sorted(row.units for row in db.query(PassRow)) == [1, 10]


def test_a_certification_that_opens_nothing_yet_says_what_is_still_missing(
    zoe: Person, database: Database
) -> None:
    add_machine(database, "laser-1", ("laser", "rules"))
    zoe.post("/certify", certification="laser", level="user")
    said = zoe.undo().replace("\u00a0", " ")
    assert said.startswith("Habilitation donnée. Elle ne sert pas encore : pas encore de badge,")
    assert "(Règlement)" in said
    assert "laser" not in said
    zoe.post("/certify", certification="rules", level="user")
    text = zoe.text()
    assert "À signer de nouveau" in text
    assert "Suspendre le document" in text


def test_certified_suspended_with_a_tapped_reason_and_each_taken_back(
    zoe: Person, database: Database
) -> None:
    zoe.post("/certify", certification="laser", level="user")
    zoe.undo()
    with database.read() as db:
        assert db.query(HeldRow).count() == 0
    zoe.post("/certify", certification="laser", level="user")
    zoe.post("/certifications/laser/suspend")
    assert "Indiquez le motif" in zoe.text()
    zoe.post("/certifications/laser/suspend", chosen_reason="Mauvais réglage")
    text = zoe.text()
    assert "Mauvais réglage" in text
    zoe.post("/certifications/laser/restore", chosen_reason="Erreur")
    with database.read() as db:
        assert db.query(HeldRow).one().status == "active"
    zoe.undo()
    with database.read() as db:
        assert db.query(HeldRow).one().status == "suspended"


def test_suspended_with_a_reason_that_the_desk_never_gets(
    zoe: Person, database: Database, client: FlaskClient
) -> None:
    data = {"csrf_token": token_of(client), "reason": "  "}
    refused = client.post(f"/members/{zoe.id}/suspend", data=data)
    assert refused.status_code == 422
    page = refused.get_data(as_text=True)
    fold = page[page.index("<h2>Accès</h2>") : page.index("Autre motif")]
    assert '<details class="fold" open>' in fold
    assert 'id="reason-wrong">Indiquez le motif' in page
    assert "Non suspendu" in zoe.text()
    zoe.post("/suspend", reason="a prêté son badge")
    assert "Motif : a prêté son badge".replace(" :", "\u00a0:") in zoe.text()
    client.post("/sign-out", data={"csrf_token": token_of(client)})
    sign_in(client, "desk")
    text = zoe.text()
    assert "accès suspendu" in text
    assert "a prêté" not in text
    assert "Rétablir l’accès" not in text
    zoe.post("/reinstate")
    assert "Votre rôle ne le permet pas" in zoe.text()
    with database.read() as db:
        assert db.get_one(MemberRow, zoe.id).status == "suspended"
        assert db.query(MemberSuspension).one().reason == "a prêté son badge"


def test_what_was_suspended_by_mistake_is_taken_back(zoe: Person, database: Database) -> None:
    zoe.post("/suspend", chosen_reason="À sa demande")
    zoe.undo()
    with database.read() as db:
        assert db.get_one(MemberRow, zoe.id).status == "active"


@pytest.mark.parametrize("role", ["trainer"])
def test_a_trainer_reads_and_changes_no_rights(zoe: Person, client: FlaskClient, role: str) -> None:
    client.post("/sign-out", data={"csrf_token": token_of(client)})
    sign_in(client, role)
    text = zoe.text()
    assert not re.search(r'action="[^"]*/(badges|suspend|subscriptions)"', text)
    assert zoe.post("/badges", value=BADGE).status_code == 403


def test_as_many_statements_for_many_machines_and_certifications_as_for_few(
    zoe: Person, database: Database
) -> None:
    zoe.post("/badges", value=BADGE)
    with database.write() as db:
        zones.create(db, NewZone(id="wood", name=Label(fr="Bois")), actor=SYSTEM, now=NOW)
    few = _count_statements(zoe, database, range(2))
    assert _count_statements(zoe, database, range(2, 14)) == few


def test_a_newcomer_is_told_all_that_is_missing(zoe: Person, database: Database) -> None:
    add_machine(database, "lathe", ("laser",))
    add_machine(database, "saw", ("rules", "laser"))
    add_machine(database, "press", ())
    text = " ".join(zoe.text().replace("\u00a0", " ").split())
    titles = re.findall(r"<h4>([^<]+)</h4>", text)
    assert titles == ["Un badge", "Abonnement nécessaire", "Découpe laser", "Règlement"]
    assert "Pour saw, il faut aussi : Règlement." in text
    assert "Pour saw, il faut aussi : Découpe laser." in text
    assert text.count("Tant que c’est le cas, rien ne s’ouvre") == 2
    assert 'href="#enrol"' in text
    zoe.post("/badges", value=BADGE)
    zoe.post("/subscriptions", plan="atelier", length="month")
    assert re.findall(r"<h4>([^<]+)</h4>", zoe.text()) == titles[2:]


def _count_statements(zoe: Person, database: Database, numbers: range) -> int:
    """Add these certifications and machines; return how many statements her page takes then."""
    with database.write() as db:
        for n in numbers:
            key = f"c-{n}"
            new = NewCertification(id=key, name=Label(fr=f"Habilitation {n}"))
            certifications.create(db, new, actor=SYSTEM, now=NOW)
            grant = Grant(level=Level.USER)
            member_certifications.grant(db, zoe.id, key, grant, actor=SYSTEM, now=NOW)
            machine = NewAccessPoint(
                id=f"m-{n}",
                zone_id="wood",
                kind=PointKind.MACHINE,
                name=Label(fr=f"Machine {n}"),
                risk=Risk.LOW,
                requirement=RequirementShape(certifications=(key,)),
            )
            access_points.create(db, machine, actor=SYSTEM, now=NOW)
    with counted(database) as statements:
        assert f"Machine {numbers[-1]}" in zoe.text()
    return len(statements)

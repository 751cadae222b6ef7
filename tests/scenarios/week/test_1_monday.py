"""Monday: a member without e-mail, a beginner at the laser, a resident at ten in the evening."""

import pytest

from controller.domain.facts import Language
from devices.ports import Flash
from tests.scenarios.week.course import laser_dates, laser_trainer
from tests.scenarios.week.people import certify, in_french, join, present, subscribe
from tests.scenarios.week.place import MON, SAT, TUE, Week
from tests.scenarios.week.seen import goes_through, power, reads, said, tap

pytestmark = pytest.mark.needs("mosquitto")


def test_a_member_without_e_mail(week: Week) -> None:
    """The desk needs no address: she taps a badge at the door's reader, and it is hers."""
    week.it_is(MON, "09:05")
    desk, badge = week.desk, week.new_badge("Rosa Lambert")
    rosa = desk.post("/members", {"display_name": "Rosa Lambert", "language": "en"})
    assert rosa["email"] is None

    number = reads(week, "workshop-in", badge)
    assert number == badge
    desk.post("/credentials", {"member_id": rosa["id"], "value": number})
    subscribe(week, rosa["id"], "workshop")
    week.in_step("entrance")

    told = goes_through(week, "workshop-in", badge)
    told.shown(Flash.GRANTED, "Welcome", Language.EN)
    week.running.wait_for(lambda: present(week, "workshop") == {"Rosa Lambert": 1})
    assert badge not in str(told.event)  # what is told names nobody's badge
    goes_through(week, "workshop-out", badge)
    week.running.wait_for(lambda: present(week, "workshop") == {})


@pytest.mark.needs("espeak-ng")
def test_a_beginner_is_refused_told_why_and_enrolled_in_the_next_course(week: Week) -> None:
    week.it_is(MON, "10:00")
    karim = laser_trainer(week)
    saturdays = laser_dates(week)["saturday"]
    zoe = join(week, "Zoé Petit", "workshop", aids=["speech"])
    certify(week, zoe.id, "house-rules")
    week.in_step("machines")

    told = tap(week, "laser", zoe.badge)
    assert told.reason == "certification_missing"
    assert told.event["data"]["detail"]["certifications"] == [["laser"]]
    told.shown(Flash.DENIED, "Habilitation manquante")
    power(week, "laser", closed=False)
    saturday = in_french(week, week.moment(SAT, "10:00"))
    needed = "Il faut : Découpe laser."
    [(language, text)] = said(week, "laser", 1)
    assert language == "fr"
    assert text == (
        f"Habilitation manquante. {needed} Inscription : séance {saturday} à 10 heures."
        " Un formateur peut vous habiliter."
    )

    why = week.desk.get(f"/members/{zoe.id}/access?access_point=laser")
    assert (why["granted"], why["reason"]) == (False, "certification_missing")
    lines = why["text"]["fr"].splitlines()
    assert f"Inscription\u00a0: séance {saturday} à 10:00." in lines
    assert needed.replace(" :", "\u00a0:") in lines
    assert why["next_course_session"]["id"] == saturdays  # Thursday's is full
    assert why["next_course_session"]["free"] == 8
    enrolled = week.desk.post(f"/course-sessions/{saturdays}/enrolments", {"member_id": zoe.id})
    assert enrolled["status"] == "enrolled"
    (listed,) = karim.get(f"/course-sessions/{saturdays}/enrolments")["items"]
    assert (listed["name"], listed["status"]) == ("Zoé Petit", "enrolled")


def test_a_resident_at_ten_in_the_evening(week: Week) -> None:
    """The place has closed: who came late waits until tomorrow, who lives there goes in."""
    week.it_is(MON, "22:00")
    awa = join(week, "Awa Diallo", "residence", language="en")
    late = join(week, "Louis Delattre", "workshop")
    week.in_step("entrance")

    refused = tap(week, "workshop-in", late.badge)
    assert refused.reason == "site_closed"
    assert refused.event["data"]["detail"]["reopens_at"] == week.moment(TUE, "09:00").text()
    refused.shown(Flash.DENIED, "Lieu fermé")
    assert not week.bench.state()["doors"]["workshop-in"]["released"]

    goes_through(week, "workshop-in", awa.badge).shown(Flash.GRANTED, "Welcome", Language.EN)
    week.running.wait_for(lambda: present(week, "workshop") == {"Awa Diallo": 1})
    goes_through(week, "workshop-out", awa.badge)
    week.running.wait_for(lambda: present(week, "workshop") == {})

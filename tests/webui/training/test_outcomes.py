"""Outcomes of a session, certifying all who passed, and who may."""

import html
import re

from flask.testing import FlaskClient

from controller.capabilities.accounts.models import AccountRow
from controller.capabilities.machines import access_points
from controller.capabilities.machines.shapes import NewAccessPoint, RequirementShape
from controller.capabilities.members import members
from controller.capabilities.training import member_certifications
from controller.domain.facts import Level, PointKind
from controller.kernel.actor import Actor, Role
from controller.kernel.database import Database
from controller.kernel.shapes import Label
from tests.support.clock import Clock
from tests.webui.conftest import NOW, SITE, make_app, sign_in, token_of
from tests.webui.members.people import undo
from tests.webui.training.at_session import NAMES, SYSTEM, Training, make_other, own_page, plain


def test_what_is_left_to_do_is_told_to_those_who_teach(training: Training) -> None:
    training.enrol(*NAMES)
    assert training.press("passed").status_code == 303
    assert "réussis, pas encore habilités" in training.text("/training")
    member = training.client.application.test_client()
    sign_in(member, "member")
    shown = plain(member.get("/training"))
    assert "Bien découper" in shown
    assert "pas encore habilités" not in shown


def test_certify_counts_those_it_applies_to_and_is_taken_back(training: Training) -> None:
    training.enrol(*NAMES)
    assert "Notez d’abord qui a réussi." in training.text()
    assert training.press("passed").status_code == 303
    text = training.text()
    assert "Habiliter les 3 qui ont réussi" in text
    assert "habilitation impossible sans : Règlement signé" in text
    assert training.note(NAMES[0], "to_review", "passed").status_code == 303
    assert "Habiliter les 2 qui ont réussi" in training.text()
    training.press("certify")
    assert training.laser() == {NAMES[1]: "user", NAMES[2]: "user"}
    assert undo(training.client, training.page).startswith("2 personnes habilitées")
    assert training.laser() == {}
    assert "Habiliter les 2 qui ont réussi" in training.text()


def test_a_certification_that_is_suspended_since_says_so(training: Training) -> None:
    training.enrol(NAMES[0])
    training.note(NAMES[0], "passed")
    training.press("certify")
    assert "suspendue depuis" not in training.text()
    with training.database.write() as db:
        member_certifications.suspend(
            db, training.people[NAMES[0]], "laser", "by mistake", actor=SYSTEM, now=NOW
        )
    said = training.text()
    assert "habilité à" in said
    assert "habilitation suspendue depuis : elle ne sert plus." in said
    buttons = re.findall(r'<button class="button is-passed"[^>]*>', said)
    done = f'aria-describedby="done-{training.people[NAMES[0]]}"'
    assert all("disabled" in button and done in button for button in buttons)


def test_whoever_is_enrolled_and_certified_already_is_marked(training: Training) -> None:
    training.enrol(*NAMES[:2])
    assert "déjà habilité" not in training.text()
    training.hold(NAMES[0], "laser")
    assert training.text().count("déjà habilité, depuis le 24 nov.") == 1
    training.note(NAMES[0], "passed")
    assert "déjà habilité" not in training.text()


def test_certifying_says_who_cannot_use_it_yet(training: Training, database: Database) -> None:
    training.enrol(*NAMES[:2])
    training.press("passed")
    with database.write() as db:
        machine = NewAccessPoint(
            id="laser",
            kind=PointKind.MACHINE,
            name=Label(fr="Laser"),
            requirement=RequirementShape(certifications=(("laser",),)),
        )
        access_points.create(db, machine, actor=Actor.system("test"), now=NOW)
    training.press("certify")
    training.text()  # with the message, which then goes
    text = training.text()
    assert text.count("ne peut pas encore s’en servir : pas encore de badge") == 2
    stays = "Toutes les personnes qui ont réussi sont habilitées ; 2 ne peuvent pas encore"
    assert stays in text
    member = make_other(training.client)
    sign_in(member, "member")
    assert "s’en servir" not in plain(member.get(training.page))
    training.post(f"{training.page}/certify/undo", at=NOW.text())
    training.press("certify")
    said = undo(training.client, training.page)
    assert said.startswith("2 personnes habilitées. 2 ne peuvent pas encore s’en servir")
    assert "Karim Benali (" in said
    assert "marche dès maintenant" not in said
    assert said.count("pas encore de badge") == 2


def test_a_second_click_says_what_the_first_one_recorded(training: Training) -> None:
    absent, *others = NAMES[:3]
    training.enrol(absent, *others)
    people = training.shown("passed")
    training.note(absent, "absent")
    for _click in range(2):
        training.post(f"{training.page}/passed", member=people)
    text = training.text()
    assert "2 notés réussis." in text
    assert "Personne n’a été noté" not in text
    undo = text.partition(f'action="{training.page}/passed/undo"')[2]
    (at,) = re.findall(r'name="at" value="([^"]+)"', undo.partition("</form>")[0])
    assert training.post(f"{training.page}/passed/undo", at=at).status_code == 303
    assert training.outcomes() == dict.fromkeys(NAMES[:3]), (
        "the absent one was noted in that moment"
    )
    training.note(absent, "absent")
    training.client.set_cookie("language", "en")
    for _click in range(2):
        training.post(f"{training.page}/passed", member=people)
    assert "2 recorded as passed." in training.text()
    training.post(f"{training.page}/passed", member=[training.people[absent]])
    assert "Nobody was recorded as passed." in training.text()


def test_a_second_click_says_whom_the_first_one_certified(training: Training, clock: Clock) -> None:
    training.enrol(*NAMES[:3])
    training.press("passed")
    people = [training.people[name] for name in NAMES[:2]]
    training.post(f"{training.page}/certify", member=people)
    clock.forward(seconds=1)
    training.post(f"{training.page}/certify", member=people)
    assert "Personne n’a été habilité" not in training.text()
    training.post(f"{training.page}/certify", member=people)
    assert undo(training.client, training.page).startswith("2 personnes habilitées")
    assert training.laser() == {}
    training.post(f"{training.page}/certify")
    assert "Personne n’a été habilité" in training.text()


def test_whoever_is_added_after_the_page_was_shown_is_neither_passed_nor_certified(
    training: Training,
) -> None:
    """In the name of a trainer, who never saw them on the page."""
    first, added, passed = NAMES[:3]
    training.enrol(first, passed)
    people = training.shown("passed")
    training.enrol(added)
    desk = make_other(training.client)
    sign_in(desk, "desk")
    training.post(f"{training.page}/passed", member=people)
    assert "2 notés réussis. 1 personne a été laissée de côté" in training.text()
    assert training.outcomes() == {first: "passed", added: None, passed: "passed"}
    people = training.shown("certify")
    outcome = {"outcome": "passed", "seen": "", "csrf_token": token_of(desk)}
    there = f"{training.page}/outcomes/{training.people[added]}"
    assert desk.post(there, data=outcome).status_code == 303
    assert training.people[added] not in people
    training.post(f"{training.page}/certify", member=people)
    assert training.laser() == {first: "user", passed: "user"}
    assert "habilitées : leur badge marche dès maintenant. 1 personne a été" in training.text()
    training.post(f"{training.page}/certify")
    assert "Personne n’a été habilité : voyez les lignes. 1 personne a été" in training.text()
    assert training.laser() == {first: "user", passed: "user"}


def test_since_counts_those_whom_the_button_certifies(training: Training, clock: Clock) -> None:
    training.enrol(*NAMES)
    training.press("passed")
    assert "Habiliter les 3 qui ont réussi" in training.text()
    clock.forward(hours=3)
    since = training.text("/since")
    assert "3 personnes à habiliter" in since
    assert "1 a réussi, mais il lui manque quelque chose" in since
    assert "3 réussis, pas encore habilités" in training.text("/training")


def test_one_outcome_and_all_of_the_rest_are_taken_back(training: Training, clock: Clock) -> None:
    training.enrol(*NAMES[:2])
    training.note(NAMES[0], "absent")
    clock.forward(seconds=1)
    training.press("passed")
    assert training.outcomes() == {NAMES[0]: "absent", NAMES[1]: "passed"}
    assert undo(training.client, training.page) == "1 noté réussi."
    assert training.outcomes() == {NAMES[0]: "absent", NAMES[1]: None}
    training.note(NAMES[0], "passed", "absent")
    assert undo(training.client, training.page).startswith("Noté")
    assert training.outcomes()[NAMES[0]] == "absent"


def test_a_noted_outcome_is_pressed_again_to_clear_it(training: Training) -> None:
    training.enrol(NAMES[0])
    training.note(NAMES[0], "absent")
    assert 'value="" data-value="absent" aria-pressed="true"' in training.text()
    training.note(NAMES[0], "", "absent")
    assert training.outcomes() == {NAMES[0]: None}
    assert undo(training.client, training.page) == "Résultat effacé."
    assert training.outcomes() == {NAMES[0]: "absent"}


def test_outcomes_are_noted_once_it_has_begun_and_that_is_said_before(
    client: FlaskClient, database: Database, clock: Clock
) -> None:
    training = Training(client, database, starts_h=20)  # tomorrow at ten
    sign_in(client, "manager")
    training.enrol(NAMES[0])
    text = training.text()
    assert "Les résultats pourront être notés dès le début : demain à 10:00." in text
    greyed = re.findall(r'<button[^>]* disabled aria-describedby="early"', text)
    assert len(greyed) == 5  # three outcomes, *all have passed*, *certify*
    for path in (f"outcomes/{training.people[NAMES[0]]}", "passed", "certify"):
        data = {"csrf_token": token_of(client), "outcome": "passed", "seen": ""}
        answer = client.post(f"{training.page}/{path}", data=data, follow_redirects=True)
        assert "Cette séance n’a pas commencé" in plain(answer)
    assert training.outcomes() == {NAMES[0]: None}
    clock.forward(hours=19)  # on its day
    assert 'id="early"' in training.text()
    clock.forward(hours=1)
    assert 'id="early"' not in training.text()
    assert "Notez d’abord qui a réussi." in training.text()


def test_a_late_outcome_never_covers_another_and_twice_is_once(training: Training) -> None:
    training.enrol(NAMES[0])
    assert training.late(NAMES[0], "passed").status_code == 204
    assert training.late(NAMES[0], "passed").status_code == 204
    answer = training.late(NAMES[0], "absent")
    assert answer.status_code == 409
    assert "entre-temps" in plain(answer)
    assert training.outcomes() == {NAMES[0]: "passed"}
    assert training.note(NAMES[0], "perfect").status_code == 400
    assert training.note(NAMES[1], "passed").status_code == 404


def test_each_role_sees_and_does_what_is_its_own(
    training: Training, database: Database, clock: Clock
) -> None:
    training.enrol(NAMES[0])
    app = make_app(database, clock)
    with database.write() as db:
        trainer = db.query(AccountRow).filter_by(login="trainer@example.org").one()
        trainer.member_id = training.people[NAMES[1]]
    for role in ("observer", "member", "trainer", "desk"):
        client = app.test_client()
        sign_in(client, role)
        text = client.get(training.page).get_data(as_text=True)
        assert (NAMES[0] in html.unescape(text)) is (role in ("trainer", "desk"))
        assert ("data-outcome" in text) is (role == "desk")
        assert (
            'class="matrix"' in client.get("/training?everybody=yes").get_data(as_text=True)
        ) is (role in ("trainer", "desk"))
    desk = Training.__new__(Training)
    desk.__dict__ |= training.__dict__ | {"client": client}
    desk.note(NAMES[0], "passed")
    assert "Seul un formateur de tout ce que donne la formation" in desk.text()
    desk.press("certify")
    assert training.laser() == {}
    training.hold(NAMES[1], "laser", Level.TRAINER)
    desk.client = app.test_client()
    sign_in(desk.client, "trainer")
    assert "Habiliter 1 personne" in desk.text()
    desk.post(f"{training.page}/people", who="Nouvelle Venue")
    assert "Nouvelle Venue" in desk.text()
    desk.press("certify")
    assert training.laser() == {NAMES[1]: "trainer", NAMES[0]: "user"}


def test_that_nobody_certifies_herself_is_for_who_could_certify(
    client: FlaskClient, training: Training
) -> None:
    training.enrol(NAMES[0])
    training.note(NAMES[0], "passed")
    mine = own_page(make_other(client), training, NAMES[0])
    text = mine.text()
    assert NAMES[0] in text
    assert "vous habiliter vous-même" not in text


def test_the_desk_reads_who_can_change_an_outcome_that_somebody_else_recorded(
    training: Training,
) -> None:
    training.enrol(*NAMES[:2])
    training.note(NAMES[0], "passed")
    desk = make_other(training.client)
    sign_in(desk, "desk")
    first, second = (
        desk.get(training.page).text.split(f'id="p-{training.people[name]}"')[1].split("</li>")[0]
        for name in NAMES[:2]
    )
    assert "résultat noté par" in html.unescape(first)
    assert first.count(" disabled") == 3
    assert " disabled" not in second
    assert "résultat noté par" not in training.text(), "who recorded it changes it"


def test_whoever_certifies_sees_whom_the_desk_put_there_under_another_name(
    training: Training,
) -> None:
    """The desk takes somebody off the list, and enrols a friend under their name."""
    real, friend, other = NAMES[:3]
    desk = make_other(training.client)
    sign_in(desk, "desk")
    training.enrol(real, other)
    before = training.text()
    assert "inscription par" not in before
    assert "retrait de la liste" not in before
    people, token = f"{training.page}/people", token_of(desk)
    gone = desk.post(f"{people}/{training.people[real]}/withdraw", data={"csrf_token": token})
    assert gone.status_code == 303
    with training.database.write() as db:
        account = db.query(AccountRow).filter_by(login="desk@example.org").one()
        actor = Actor(ref=f"account:{account.id}", roles={SITE: frozenset({Role.DESK})})
        patch = {"display_name": real}
        key = training.people[friend]
        members.change(db, key, patch, version=None, actor=actor, now=NOW)
    form = {"csrf_token": token, "who": "", "member": training.people[friend]}
    assert desk.post(people, data=form).status_code == 303
    shown = " ".join(re.sub(r"<[^>]+>", " ", training.text()).split())
    assert re.search(
        rf"{real} \((fiche|badge) [^)]*\) nom modifié : [\d:]+ "
        r"inscription par desk@example.org : [\d:]+",
        shown,
    )
    assert re.search(rf"{real} \([^)]*\) : retrait de la liste par desk@example.org", shown)
    assert f"{other} (" not in shown
    seen_by_desk = desk.get(training.page).get_data(as_text=True)
    assert "inscription par" not in seen_by_desk, "what one did oneself"


def test_whoever_certifies_sees_that_whom_the_desk_took_off_the_list_has_another_name_since(
    training: Training,
) -> None:
    """Otherwise nobody misses the member whose place a friend has under their name."""
    real, other = NAMES[:2]
    desk = make_other(training.client)
    sign_in(desk, "desk")
    training.enrol(real, other)
    leave = f"{training.page}/people/{training.people[real]}/withdraw"
    assert desk.post(leave, data={"csrf_token": token_of(desk)}).status_code == 303
    with training.database.write() as db:
        account = db.query(AccountRow).filter_by(login="desk@example.org").one()
        actor = Actor(ref=f"account:{account.id}", roles={SITE: frozenset({Role.DESK})})
        patch = {"display_name": "Une autre"}
        members.change(db, training.people[real], patch, version=None, actor=actor, now=NOW)
    shown = " ".join(re.sub(r"<[^>]+>", " ", training.text()).split())
    assert re.search(
        r"Une autre \(nom modifié : [\d:]+\) : retrait de la liste par desk@example.org", shown
    )
    assert real not in shown

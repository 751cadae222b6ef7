"""At a machine's QR: anybody tells what is wrong in three taps, and a badge holder stops it."""

import html
import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser

from controller.capabilities.accounts import accounts
from controller.capabilities.bookings import bookings
from controller.capabilities.bookings.shapes import NewBooking
from controller.capabilities.machines import access_points
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.user_reports import needs, user_reports
from controller.capabilities.user_reports.models import ToldKind, UserReport
from controller.capabilities.user_reports.shapes import Dealt, NewNeed, PublicLabel, Sorting
from controller.domain.time import Utc
from controller.kernel.actor import Role
from tests.support.clock import Clock
from tests.support.printed import printed
from tests.support.sheets import sheets
from tests.webui.conftest import NOW, PASSWORD, SITE, sign_in, token_of
from tests.webui.machines.conftest import LASER, SYSTEM, Place, add_state
from webui.user_reports.api import TELL_PER_MINUTE

POSTER = f"/machines/{LASER}/poster"


def code_of(client: FlaskClient) -> str:
    """The address in the poster's QR, made by a manager who then signs out."""
    sign_in(client, "manager")
    token = token_of(client)
    assert client.post(POSTER, data={"csrf_token": token}).status_code == 303
    text = client.get(POSTER).get_data(as_text=True)
    client.post("/sign-out", data={"csrf_token": token})
    return re.search(r'class="address">[^<]*?(/tell/\w+)<', text)[1]  # type: ignore[index]


def tell(client: FlaskClient, address: str, **fields: str) -> tuple[int, str]:
    """Send the form; the status, and what is shown then."""
    fields["csrf_token"] = token_of(client)
    answer = client.post(address, data=fields)
    shown = client.get(answer.location) if answer.status_code == 303 else answer
    return answer.status_code, html.unescape(shown.get_data(as_text=True))


def reports(place: Place) -> list[tuple[str, str | None, bool, bool]]:
    with place.database.read() as db:
        rows = db.query(UserReport).order_by(UserReport.id).all()
        return [(row.kind, row.text, row.dangerous, row.member_id is not None) for row in rows]


def in_service(place: Place) -> bool:
    with place.database.read() as db:
        return access_points.get(db, LASER, actor=SYSTEM).in_service


def test_without_an_account_one_choice_and_send(place: Place, client: FlaskClient) -> None:
    address = code_of(client)
    text = html.unescape(client.get(address).get_data(as_text=True))
    assert "Découpe laser CO₂" in text
    assert text.count('type="radio"') == 4
    status, shown = tell(client, address, kind="broken")
    assert status == 303
    assert "C’est signalé, merci" in shown
    assert reports(place) == [(ToldKind.FAULT, "Ça ne marche pas bien", False, False)]
    assert tell(client, address, kind="need", text="des lunettes")[0] == 303
    assert reports(place)[1] == (ToldKind.NEED, "des lunettes", False, False)
    assert tell(client, address, kind="idea")[0] == 303
    assert reports(place)[2] == (ToldKind.IDEA, "Une idée", False, False)
    with place.database.read() as db:
        waits = needs.unsorted_needs(db, SITE, actor=SYSTEM, limit=9)
    assert [row.text for row in waits] == ["des lunettes", "Une idée"], "an idea is counted too"


def test_who_wants_an_answer_says_where_and_the_team_reads_it(
    place: Place, client: FlaskClient
) -> None:
    address = code_of(client)
    _, shown = tell(client, address, contact="ada@exemple.fr", text="une buse")
    assert 'value="ada@exemple.fr"' in shown, "what was typed is not lost"
    tell(client, address, kind="broken", contact="  06 12\n34 ", text="du bruit")
    tell(client, address, kind="need", contact="ada@exemple.fr", text="une buse")
    assert "ada@exemple.fr" not in client.get(address).get_data(as_text=True)
    sign_in(client, "manager")
    machine = html.unescape(client.get(f"/machines/{LASER}").get_data(as_text=True))
    assert "Attend une réponse\xa0: 06 12 34" in machine
    wished = html.unescape(client.get("/needs").get_data(as_text=True))
    assert "Attend une réponse\xa0: ada@exemple.fr" in wished


def test_who_waits_for_an_answer_stands_at_the_need_until_the_day_after_it(
    place: Place, client: FlaskClient
) -> None:
    tell(client, code_of(client), kind="need", contact="06 12 34", text="des lunettes")
    sign_in(client, "manager")
    with place.database.write() as db:
        (report,) = needs.unsorted_needs(db, SITE, actor=SYSTEM, limit=9)
        new = NewNeed(site_id=SITE, theme="machines", title="Des lunettes")
        need = needs.create(db, new, actor=SYSTEM, now=NOW)
        needs.sort(db, need.id, Sorting(report_id=report.id), actor=SYSTEM, now=NOW)
    sorted_page = html.unescape(client.get("/needs").get_data(as_text=True))
    assert "Attend une réponse\xa0: 06 12 34" in sorted_page
    with place.database.write() as db:
        patch = {"state": "done", "outcome": "Commandées."}
        needs.change(db, need.id, patch, version=None, actor=SYSTEM, now=NOW)
    replied_page = html.unescape(client.get("/needs").get_data(as_text=True))
    assert "À prévenir, avant l’effacement demain\xa0: 06 12 34" in replied_page
    with place.database.write() as db:
        user_reports.forget_people(db, Utc.of(NOW + timedelta(days=1, seconds=1)))
    assert "06 12 34" not in client.get("/needs").get_data(as_text=True)


def test_the_machines_state_stands_there_without_a_name(place: Place, client: FlaskClient) -> None:
    """What anybody sees who stands there, before they tell that it is out of order."""
    address = code_of(client)

    def stands() -> str:
        page = client.get(address).get_data(as_text=True)
        shown = page.split('class="stands">')[1].split("</div>")[0]
        assert ("#clock" in shown) == ("Libre" in shown), "the icon that Live has for it"
        return " ".join(re.sub(r"<[^>]+>", " ", shown).split())

    assert stands() == "Libre"
    new = NewBooking(
        member_id=place.members["Ada Both"],
        access_point=LASER,
        starts_at=NOW,
        ends_at=Utc.of(NOW + timedelta(hours=2)),
    )
    with place.database.write() as db:
        bookings.create(db, new, actor=SYSTEM, now=NOW)
    assert stands() == "Réservée jusqu’à 16:00"
    with place.database.write() as db:
        add_state(db, "running")
    assert stands().startswith("Occupée")


def test_what_is_known_already_is_told_without_the_words_of_who_told_it(
    place: Place, client: FlaskClient
) -> None:
    address = code_of(client)
    for kind, text in (("broken", "la faute de Ben"), ("need", "des lunettes")):
        tell(client, address, kind=kind, text=text)
    with place.database.write() as db:
        fault, need = db.query(UserReport).order_by(UserReport.id)
        user_reports.take(db, fault.id, actor=SYSTEM, now=NOW)
        user_reports.settle(db, need.id, Dealt(remark="à Ben"), actor=SYSTEM, now=NOW)
    shown = html.unescape(client.get(address).get_data(as_text=True))
    known = re.sub(r"<[^>]+>|\s+", " ", shown[shown.index("Déjà signalé") :])
    assert re.search("Une panne .*quelqu’un s’en occupe.*Un manque .*traité", known)
    assert "Ben" not in known
    with place.database.write() as db:
        label = PublicLabel(label="Lentille encrassée")
        user_reports.publish_label(db, fault.id, label, actor=SYSTEM, now=NOW)
    assert "<b>Lentille encrassée</b>" in html.unescape(client.get(address).get_data(as_text=True))


def test_danger_told_by_a_stranger_stops_nothing_by_itself(
    place: Place, client: FlaskClient
) -> None:
    _, shown = tell(client, code_of(client), kind="danger", text="de la fumée")
    assert "hors service" not in shown.split("<h2>")[0]
    assert "la machine reste utilisable" in shown
    assert reports(place) == [(ToldKind.FAULT, "de la fumée", True, False)]
    assert in_service(place)


def test_danger_told_by_a_badge_holder_takes_it_out_of_service(
    place: Place, client: FlaskClient
) -> None:
    address = code_of(client)
    with place.database.write() as db:
        accounts.create(
            db,
            login="ada@example.org",
            password=PASSWORD,
            roles={SITE: frozenset({Role.MEMBER})},
            member_id=place.members["Ada Both"],
            actor=SYSTEM,
            now=NOW,
        )
    assert sign_in(client, "ada") == 303
    assert "ada@example.org" in client.get(address).get_data(as_text=True)
    _, shown = tell(client, address, kind="danger")
    assert "La machine est hors service" in shown
    assert "La machine reste hors service jusque-là." in shown
    assert "reste utilisable" not in shown
    assert "reste utilisable" not in client.get(address).get_data(as_text=True)
    assert reports(place) == [(ToldKind.FAULT, "C’est dangereux", True, True)]
    assert not in_service(place)


def test_what_is_typed_is_kept_when_nothing_is_chosen(place: Place, client: FlaskClient) -> None:
    status, shown = tell(client, code_of(client), text="elle siffle")
    assert status == 422
    assert "elle siffle" in shown
    assert not reports(place)


def test_what_is_typed_survives_signing_in(place: Place, client: FlaskClient) -> None:
    address = code_of(client)
    page = html.unescape(client.get(address).get_data(as_text=True))
    button = re.search(r'formaction="(/sign-in/[^"]*)" name="next" value="([^"]*)"', page)
    assert button is not None
    assert button[2] == address
    typed = {"kind": "danger", "text": "Fumée « noire »", "contact": "06 12 34 56 78"}
    sent = typed | {"csrf_token": token_of(client), "next": address}
    asked = client.post(button[1], data=sent)
    assert asked.status_code == 200
    login = {"login": "desk@example.org", "password": "wrong"}
    for word in ("wrong", PASSWORD):
        shown = asked.get_data(as_text=True)
        hidden = re.findall(r'name="(csrf_token|next|kept)" value="([^"]*)"', shown)
        login["password"] = word
        fields = {name: html.unescape(value) for name, value in hidden}
        asked = client.post("/sign-in", data=fields | login)
        assert asked.status_code == (200 if word == PASSWORD else 422)
    shown = html.unescape(asked.get_data(as_text=True))
    assert "Signalé par desk@example.org" in shown
    assert re.search(r'value="danger" required checked', shown)
    assert ">Fumée « noire »</textarea>" in shown
    assert 'value="06 12 34 56 78"' in shown
    assert not reports(place), "shown, and not sent"
    assert "Fumée" not in client.get(address).get_data(as_text=True)


def test_a_form_is_brought_back_to_a_public_page_only(place: Place, client: FlaskClient) -> None:
    for address in ("/members", "/nowhere", "https://elsewhere.example/tell/x"):
        sent = {"csrf_token": token_of(client), "next": address, "text": "Fumée"}
        shown = client.post("/sign-in/from-form", data=sent).get_data(as_text=True)
        hidden = re.findall(r'name="(csrf_token|next|kept)" value="([^"]*)"', shown)
        fields = {name: html.unescape(value) for name, value in hidden}
        login = {"login": "desk@example.org", "password": PASSWORD}
        back = client.post("/sign-in", data=fields | login)
        assert back.status_code == 303
        assert back.location == (address if address.startswith("/") else "/")
        client.post("/sign-out", data={"csrf_token": token_of(client)})


def test_what_happens_next_fits_what_was_told(place: Place, client: FlaskClient) -> None:
    """Nobody comes to look at an idea: the team reads it, and counts it among the needs."""
    address = code_of(client)
    for kind, comes in (("broken", True), ("danger", True), ("need", False), ("idea", False)):
        shown = tell(client, address, kind=kind)[1]
        assert ("Quelqu’un viendra voir" in shown) is comes, kind
        assert ("parmi les besoins" in shown) is not comes, kind


def test_one_address_tells_so_much_in_a_minute(place: Place, client: FlaskClient) -> None:
    address = code_of(client)
    for _ in range(TELL_PER_MINUTE):
        assert tell(client, address, kind="need")[0] == 303
    status, shown = tell(client, address, kind="need", text="de la colle")
    assert status == 429
    assert "de la colle" in shown
    assert len(reports(place)) == TELL_PER_MINUTE


def test_a_code_that_is_unknown_or_made_anew_leads_nowhere(
    place: Place, client: FlaskClient
) -> None:
    assert client.get("/tell/nothing").status_code == 404
    old = code_of(client)
    new = code_of(client)
    assert client.get(old).status_code == 404
    assert client.get(new).status_code == 200


@pytest.mark.usefixtures("place")
def test_the_poster_says_its_address_and_only_managers_make_it(client: FlaskClient) -> None:
    sign_in(client, "desk")
    text = client.get(POSTER).get_data(as_text=True)
    assert "<path d=" not in text.split("<main")[1]
    assert client.post(POSTER, data={"csrf_token": token_of(client)}).status_code == 403
    client.post("/sign-out", data={"csrf_token": token_of(client)})
    address = code_of(client)
    sign_in(client, "desk")
    text = client.get(POSTER).get_data(as_text=True)
    assert f"{address}</p>" in text
    assert 'd="M4 4h1v1h-1z' in text


def test_the_posters_title_needs_no_elision(place: Place, client: FlaskClient) -> None:
    with place.database.write() as db:
        db.get_one(AccessPointRow, LASER).name = {"fr": "Imprimante 3D n° 2"}
    sign_in(client, "manager")
    title = client.get(POSTER).get_data(as_text=True).split("<title>")[1].split("</title>")[0]
    assert "Affiche : Imprimante 3D n° 2" in title.replace("\u00a0", " ")


@pytest.mark.needs("chromium")
def test_the_poster_is_one_sheet_however_long_the_name(
    place: Place, client: FlaskClient, chromium: Browser
) -> None:
    name = "Fraiseuse à commande numérique de grand format pour le bois"
    with place.database.write() as db:
        db.get_one(AccessPointRow, LASER).name = {"fr": name}
    code_of(client)
    sign_in(client, "desk")
    (sheet,) = sheets(printed(chromium, client, POSTER))
    assert " ".join(sheet).count(name) == 1
    assert "Scannez avec votre téléphone, sans compte." in sheet


def test_me_too_counts_once_from_each_browser_and_names_nobody(
    place: Place, client: FlaskClient, clock: Clock
) -> None:
    address = code_of(client)
    tell(client, address, kind="broken", text="Le tube siffle")
    text = html.unescape(client.get(address).get_data(as_text=True))
    act = re.search(r'action="(/tell/\w+/also/[\w-]+)"', text)[1]  # type: ignore[index]
    assert "siffle" not in text
    for browser in (client, client, client.application.test_client()):
        data = {"csrf_token": token_of(browser)}
        assert browser.post(act, data=data).status_code == 303
    text = html.unescape(client.get(address).get_data(as_text=True))
    assert "par 3 personnes" in text
    assert act not in text
    with place.database.write() as db:
        (row,) = db.query(UserReport).all()
        assert row.also == 2
        user_reports.settle(db, row.id, Dealt(remark="Changé"), actor=SYSTEM, now=NOW)
    stranger = client.application.test_client()
    data = {"csrf_token": token_of(stranger)}
    assert "déjà réglé" in html.unescape(
        stranger.post(act, data=data, follow_redirects=True).get_data(as_text=True)
    )
    clock.forward(minutes=1)
    assert stranger.post(f"{address}/also/nothing", data=data).status_code == 404

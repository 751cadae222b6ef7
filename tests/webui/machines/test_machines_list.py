"""The list of machines and doors; a new one from a kind; maintenance; what was told."""

import html
import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from controller.capabilities.alarms.controller_alarms import set_alarm
from controller.capabilities.machines import access_points
from controller.capabilities.machines.kinds import kinds
from controller.capabilities.machines.shapes import NewAccessPoint, RequirementShape
from controller.capabilities.maintenance import maintenance
from controller.capabilities.maintenance.models import MaintenanceDone, MaintenanceRow
from controller.capabilities.maintenance.shapes import NewMaintenance
from controller.capabilities.members import maintainers
from controller.capabilities.user_reports import user_reports
from controller.capabilities.user_reports.models import ToldKind, ToldState
from controller.capabilities.user_reports.models import UserReport as ReportRow
from controller.capabilities.user_reports.shapes import NewUserReport
from controller.domain.facts import PointKind
from controller.domain.time import Utc
from controller.kernel.models import AuditEntry
from controller.kernel.shapes import Label
from controller.policy.models import PolicyRow
from tests.support.parsed import parsed
from tests.webui.conftest import NOW, SITE, sign_in, token_of
from tests.webui.machines.conftest import LASER, SYSTEM, Place
from tests.webui.members.people import undo
from webui import language
from webui.machines import rule_words

ONE = f"/machines/{LASER}"


def words_of(client: FlaskClient, address: str) -> str:
    text = client.get(address).get_data(as_text=True)
    main = text[text.index("<main") : text.index("</main>")]
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", main)))


def send(client: FlaskClient, address: str, **fields: str) -> tuple[int, str]:
    fields["csrf_token"] = token_of(client)
    answer = client.post(address, data=fields)
    return answer.status_code, html.unescape(answer.get_data(as_text=True))


def upkeep(place: Place, **fields: int) -> str:
    with place.database.write() as db:
        new = NewMaintenance(
            access_point=LASER,
            name=Label(fr="Lentilles"),
            starts_at=Utc.of(NOW - timedelta(days=40)),
            **fields,  # type: ignore[arg-type]
        )
        return maintenance.create(db, new, actor=SYSTEM, now=NOW).id


def told(place: Place, dangerous: bool = False) -> str:
    with place.database.write() as db:
        new = NewUserReport(
            kind=ToldKind.FAULT, text="Le capot frotte", access_point=LASER, dangerous=dangerous
        )
        return user_reports.create(db, new, actor=SYSTEM, now=NOW).id


def test_each_has_its_state_rule_hours_and_next_maintenance(
    place: Place, client: FlaskClient
) -> None:
    upkeep(place, every_days=30)
    sign_in(client, "trainer")
    words = words_of(client, "/machines")
    assert "Découpe laser CO₂ Atelier Libre" in words
    assert "Découpe laser, tout abonnement" in words
    assert "0 h en 30 jours" in words
    assert "Lentilles : à faire depuis le 14 novembre" in words
    assert "1 à entretenir" in words
    assert "Ajouter un équipement" not in words


def test_a_list_says_once_what_most_of_its_rules_ask_for(client: FlaskClient) -> None:
    names = {"house": "Règlement", "laser": "Laser", "wood": "Bois"}, {"open": "Atelier"}
    laser = RequirementShape(certifications=("house", "laser"), plans=("open",))
    wood = RequirementShape(certifications=("house", "wood"), plans=("open",))
    house = RequirementShape(certifications=("house",), plans=("open",))
    only = RequirementShape(certifications=("wood",))
    with client.application.test_request_context(headers={"Accept-Language": "fr"}):
        language.choose()
        usual = rule_words.usual_rule([laser, wood, house, only, RequirementShape()], *names)
        assert usual.text == "Règlement, Atelier"
        said = [
            rule_words.rule_text(rule, *names, usual)
            for rule in (laser, house, only, RequirementShape())
        ]
        assert rule_words.usual_rule([laser, wood], *names).text == "", "too few"
    assert said == [
        "Laser",
        "Rien de plus",
        "Bois, sans Règlement, tout abonnement",
        "Tout le monde, tout abonnement",
    ]


def test_an_empty_place_is_told_the_next_step(client: FlaskClient) -> None:
    sign_in(client, "manager")
    words = words_of(client, "/machines")
    assert "Aucun équipement pour l’instant" in words
    assert "Ajouter le premier" in words


def test_a_new_one_from_a_kind_has_its_rules_and_opens_nothing_yet(
    place: Place, client: FlaskClient
) -> None:
    sign_in(client, "manager")
    fields = {"kind": "saw", "name": "Scie à format", "zone": "atelier", "certification": "rules"}
    status, _text = send(client, "/machines", **fields, agent="box")
    assert status == 303
    with place.database.read() as db:
        made = access_points.get(db, "scie-a-format", actor=SYSTEM)
    assert (made.commissioned, made.requirement.company) == (False, 2)
    assert made.requirement.certifications == ("rules",)
    assert (made.session.on_end, made.agent_id) == ("cut", "box")
    assert send(client, "/machines", **fields)[0] == 303
    with place.database.read() as db:
        assert access_points.get(db, "scie-a-format-2", actor=SYSTEM).icon == "axe"


def test_a_new_one_without_name_or_kind_keeps_what_was_typed(
    place: Place, client: FlaskClient
) -> None:
    sign_in(client, "manager")
    status, text = send(client, "/machines", kind="saw", name="", zone="atelier")
    assert status == 422
    assert '<option value="atelier" selected>' in text
    assert 'id="name-wrong">Saisissez un nom, sur une seule ligne.' in text
    assert 'value="saw" required checked' in text
    status, text = send(client, "/machines", kind="rocket", name="Fusée")
    assert status == 422
    assert 'value="Fusée"' in text
    assert 'id="kind-wrong"' in text
    status, text = send(client, "/machines", kind="saw", name="Scie", agent="gone")
    assert status == 422
    assert 'id="agent-wrong">Cela n’existe plus' in text


def test_a_short_list_is_searched_by_name_at_once(place: Place, client: FlaskClient) -> None:
    with place.database.write() as db:
        for n in range(8):
            kind = PointKind.MACHINE if n else PointKind.DOOR
            new = NewAccessPoint(id=f"m{n}", kind=kind, name=Label(fr=f"Tour {n}"), site_id=SITE)
            access_points.create(db, new, actor=SYSTEM, now=NOW)
    sign_in(client, "manager")
    page = client.get("/machines").get_data(as_text=True)
    assert 'hx-target="#state"' in page, "acts as one types"
    assert 'hx-get="/machines" hx-include="#narrow"' in page, "news come with what is typed"
    assert '<select class="input" id="narrow-room"' not in page
    assert '<select class="input" id="narrow-state"' not in page
    of_room = client.get("/machines?room=atelier").get_data(as_text=True)
    assert 'name="room"' in of_room, "what applies can be taken away"


def test_the_kinds_say_the_rules_that_they_give(place: Place, client: FlaskClient) -> None:
    sign_in(client, "manager")
    words = words_of(client, "/machines/new").replace("\u00a0", " ")
    said = "dangereux · sur habilitation · à 2 au moins · s’éteint après 5 min sans travail"
    assert f"Scie ou tour à bois {said} · refroidit 2 min" in words


def test_the_list_changes_in_place(place: Place, client: FlaskClient) -> None:
    sign_in(client, "desk")
    part = client.get("/machines", headers={"HX-Request": "true"}).get_data(as_text=True)
    assert f'id="row-{LASER}" data-state="off"' in part
    assert "<main" not in part


def test_each_kind_makes_an_access_point(place: Place, client: FlaskClient) -> None:
    sign_in(client, "manager")
    for kind in kinds():
        assert send(client, "/machines", kind=kind.id, name=kind.name.fr or "")[0] == 303
    with place.database.read() as db:
        page = access_points.page(db, actor=SYSTEM)
    doors = [point for point in page.items if point.kind is PointKind.DOOR]
    assert len(page.items) == len(kinds()) + 1
    assert [door.name.fr for door in doors] == ["Porte"]
    for point in page.items:
        assert client.get(f"/machines/{point.id}").status_code == 200


def test_maintenance_is_asked_done_and_asked_no_more(place: Place, client: FlaskClient) -> None:
    sign_in(client, "manager")
    assert send(client, f"{ONE}/maintenance", name="Filtre", every_h="120")[0] == 303
    assert "Filtre encore 120 h" in words_of(client, ONE)
    with place.database.read() as db:
        key = db.query(MaintenanceRow).one().id
    assert send(client, f"/maintenance/{key}/done", remark="propre")[0] == 303
    with place.database.read() as db:
        assert db.query(MaintenanceDone).one().remark == "propre"
    assert send(client, f"/maintenance/{key}/end")[0] == 303
    assert "Aucun entretien n’est prévu" in words_of(client, ONE)
    assert send(client, f"/maintenance/{key}/done")[0] == 303
    assert "n’est plus demandé" in html.unescape(client.get(ONE).get_data(as_text=True))


def test_done_by_mistake_is_taken_back(place: Place, client: FlaskClient) -> None:
    key = upkeep(place, every_days=30)
    sign_in(client, "desk")
    assert send(client, f"/maintenance/{key}/done")[0] == 303
    text = client.get(ONE).get_data(as_text=True)
    undo = text[text.index('id="undo"') :]
    noted = re.search(r'name="noted" value="([^"]+)"', undo)[1]  # type: ignore[index]
    assert "Entretiens faits" in words_of(client, ONE)
    client.post("/sign-out", data={"csrf_token": token_of(client)})
    sign_in(client, "manager")
    assert send(client, f"/maintenance/{key}/taken-back", noted=noted)[0] == 404
    client.post("/sign-out", data={"csrf_token": token_of(client)})
    sign_in(client, "desk")
    assert send(client, f"/maintenance/{key}/taken-back", noted=noted)[0] == 303
    words = words_of(client, ONE)
    assert "Entretiens faits" not in words
    assert "Lentilles à faire depuis le 14 novembre" in words


def test_maintenance_without_an_interval_keeps_its_name(place: Place, client: FlaskClient) -> None:
    sign_in(client, "manager")
    token = token_of(client)
    data = {"csrf_token": token, "name": "Courroie", "every_h": "soon"}
    answer = client.post(f"{ONE}/maintenance", data=data, follow_redirects=True)
    text = html.unescape(answer.get_data(as_text=True))
    assert "après combien d’heures" in text
    assert 'value="Courroie"' in text
    with place.database.read() as db:
        assert db.query(MaintenanceRow).count() == 0


def test_what_was_told_is_taken_and_answered(place: Place, client: FlaskClient) -> None:
    key = told(place)
    sign_in(client, "desk")
    assert "Personne ne s’en occupe « Le capot frotte »" in words_of(client, ONE)
    assert send(client, f"/told/{key}/take")[0] == 303
    assert "desk s’en occupe" in words_of(client, ONE)
    assert send(client, f"/told/{key}/label", label=" Capot  dur ")[0] == 303
    assert "Sur la page du QR : Capot dur" in words_of(client, ONE)
    assert send(client, f"/told/{key}/label", label="")[0] == 303
    assert "Capot dur" not in words_of(client, ONE)
    assert send(client, f"/told/{key}/done", remark="")[0] == 303
    with place.database.read() as db:
        assert db.get_one(ReportRow, key).state is ToldState.TAKEN
    assert send(client, f"/told/{key}/done", remark="charnière graissée")[0] == 303
    with place.database.read() as db:
        found = db.get_one(ReportRow, key)
        assert (found.state, found.remark) == (ToldState.DONE, "charnière graissée")
    assert "Rien ne reste à régler" in words_of(client, ONE)


def test_a_trainer_reads_nothing_of_what_was_told(place: Place, client: FlaskClient) -> None:
    told(place)
    sign_in(client, "trainer")
    assert "Le capot frotte" not in words_of(client, ONE)


def add_saw(client: FlaskClient) -> str:
    """The address of its page."""
    fields = {"kind": "saw", "name": "Scie à format", "zone": "atelier", "agent": "box"}
    fields["csrf_token"] = token_of(client, "/machines")
    return client.post("/machines", data=fields).headers["Location"]


def test_one_added_by_mistake_is_taken_back(place: Place, client: FlaskClient) -> None:
    sign_in(client, "manager")
    page = add_saw(client)
    with place.database.write() as db:
        ben = place.members["Ben Laser"]
        maintainers.add_maintainer(db, "scie-a-format", ben, actor=SYSTEM, now=NOW)
    assert undo(client, page).startswith("Ajouté.")
    assert "Scie à format" not in words_of(client, "/machines")
    assert client.get(page).status_code == 404
    with place.database.read() as db:
        kept = db.query(PolicyRow).filter_by(table="point", key="scie-a-format").one()
        assert kept.value is None, "agents hear that it is gone"
        assert db.query(AuditEntry).filter_by(action="access_point_taken_back").count() == 1
    assert send(client, f"{page}/take-back", version="1")[0] == 404


def test_one_on_which_something_hangs_stays(place: Place, client: FlaskClient) -> None:
    sign_in(client, "manager")
    page = add_saw(client)
    with place.database.write() as db:
        new = NewMaintenance(
            access_point="scie-a-format", name=Label(fr="Lame"), every_days=30, starts_at=NOW
        )
        maintenance.create(db, new, actor=SYSTEM, now=NOW)
    undo(client, page)
    assert "sert déjà : mettez-le plutôt hors service" in words_of(client, page)
    assert "Scie à format" in words_of(client, "/machines")
    assert send(client, f"/machines/{LASER}/take-back", version="1")[0] == 303
    assert client.get(f"/machines/{LASER}").status_code == 200, "one that is in service"


@pytest.mark.usefixtures("place")
def test_a_trainer_sees_no_link_of_a_machine_that_they_may_not_open(client: FlaskClient) -> None:
    sign_in(client, "trainer")
    page = parsed(client.get(f"/machines/{LASER}").get_data(as_text=True))
    found = {link.partition("#")[0] for link in page.links if link.startswith("/")}
    assert {link for link in found if client.get(link).status_code == 403} == set()
    assert "Commandé par le boîtier" in client.get(f"/machines/{LASER}").get_data(as_text=True)


def test_an_alarm_of_a_silent_machine_is_said_as_on_live(place: Place, client: FlaskClient) -> None:
    with place.database.write() as db:
        set_alarm(
            db,
            key="stop",
            site_id=SITE,
            kind="estop",
            access_point=LASER,
            detail={},
            is_on=True,
            now=NOW,
        )
    sign_in(client, "desk")
    words = words_of(client, "/machines")
    assert "Découpe laser CO₂ Atelier Arrêt d’urgence" in words
    assert "1 hors service ou en défaut" in words

"""Needs: told by anybody, sorted by the desk, answered and published by a manager."""

import html

from flask.testing import FlaskClient

from controller.capabilities.opendata import publication
from controller.capabilities.user_reports.models import NeedRow, UserReport
from controller.kernel.actor import Actor
from tests.webui.conftest import NOW, SITE, sign_in, token_of
from tests.webui.machines.conftest import Place
from webui.user_reports.api import TELL_PER_MINUTE

SYSTEM = Actor.system("test")


def send(client: FlaskClient, page: str, address: str, **fields: str) -> tuple[int, str]:
    """Send a form of that page; the status, and what is shown then."""
    fields["csrf_token"] = token_of(client)
    answer = client.post(address, data=fields, follow_redirects=True)
    return answer.status_code, html.unescape(answer.get_data(as_text=True))


def need_of(place: Place) -> NeedRow:
    with place.database.read() as db:
        return db.query(NeedRow).one()


def test_anybody_tells_a_need_and_is_asked_again_where_something_is_missing(
    place: Place, client: FlaskClient
) -> None:
    status, shown = send(client, "/tell", "/tell", text="un soir de plus")
    assert (status, "un soir de plus" in shown) == (422, True)
    for _ in range(TELL_PER_MINUTE):
        assert "C’est signalé" in send(client, "/tell", "/tell", theme="hours", text="le jeudi")[1]
    assert send(client, "/tell", "/tell", theme="hours", text="encore")[0] == 429
    with place.database.read() as db:
        assert db.query(UserReport).count() == TELL_PER_MINUTE


def test_the_desk_sorts_what_was_told_and_a_manager_publishes_what_became_of_it(
    place: Place, client: FlaskClient
) -> None:
    for text in ("le jeudi soir", "ouvrir plus tard, dit Ben"):
        send(client, "/tell", "/tell", theme="hours", text=text)
    with place.database.write() as db:
        publication.publish(db, SITE, actor=SYSTEM, now=NOW, access_days=90)
        first, second = (row.id for row in db.query(UserReport).order_by(UserReport.id))
    sign_in(client, "desk")
    title = "Ouvrir un soir de plus"
    _, shown = send(client, "/needs", "/needs", title=title, theme="hours", report=first)
    assert title in shown
    need = need_of(place)
    assert '<option value="">Choisir…</option>' in shown, "no need is chosen beforehand"
    shown = send(client, "/needs", "/needs/sort", need="", report=second)[1]
    assert "Choisissez d’abord le besoin" in shown
    assert "« ouvrir plus tard, dit Ben »" in shown.replace("\u00a0", " ")
    assert send(client, "/needs", "/needs/sort", need=need.id, report=second)[0] == 200
    shown = send(client, "/needs", f"/needs/{need.id}/told")[1]
    assert "3 fois" in shown.replace("\u00a0", " ")
    answer = client.post(f"/needs/{need.id}", data={"csrf_token": token_of(client)})
    assert answer.status_code == 403
    client.post("/sign-out", data={"csrf_token": token_of(client)})
    assert title not in client.get("/data").get_data(as_text=True)
    sign_in(client, "manager")
    fields = {
        "title": title,
        "own_theme": "Soirées",
        "state": "done",
        "outcome": "Le jeudi jusqu’à 20:00.",
        "published": "yes",
    }
    old = str(need_of(place).row_version - 1)
    assert "entre-temps" in send(client, "/needs", f"/needs/{need.id}", **fields, version=old)[1]
    send(client, "/needs", f"/needs/{need.id}", **fields)
    client.post("/sign-out", data={"csrf_token": token_of(client)})
    public = html.unescape(client.get("/data").get_data(as_text=True))
    assert title in public
    assert "Le jeudi jusqu’à 20:00." in public
    assert "moins de 11" in public
    assert "Ben" not in public
    rows = client.get("/api/v1/open-data/besoins/rows").get_json()["items"]
    assert [(row["theme"], row["fois"], row["etat"]) for row in rows] == [
        ("Soirées", "moins de 11", "done")
    ]

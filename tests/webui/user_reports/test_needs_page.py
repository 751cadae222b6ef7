"""Needs: told by anybody, sorted by the desk, answered and published by a manager."""

import html
import re

import pytest
from flask.testing import FlaskClient

from controller.capabilities.opendata import publication
from controller.capabilities.user_reports import needs, report_codes
from controller.capabilities.user_reports.models import (
    DiscardReason,
    NeedRow,
    ToldState,
    UserReport,
)
from controller.capabilities.user_reports.shapes import Need, NeedState, NewNeed, NewTellCode
from controller.capabilities.user_reports.similar_needs import closest
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.models import AuditEntry
from tests.webui.conftest import NOW, SITE, sign_in, token_of
from tests.webui.machines.conftest import LASER, Place
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


def undo_sort(client: FlaskClient, need: str, report: str) -> str:
    return send(client, "/needs", f"/needs/{need}/unsort", report=report)[1]


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


def test_a_need_that_is_asked_already_is_counted_once_more(
    place: Place, client: FlaskClient
) -> None:
    with place.database.write() as db:
        made = [
            needs.create(
                db,
                NewNeed(title=title, theme="hours", state=state, published=published),
                actor=SYSTEM,
                now=NOW,
            )
            for title, state, published in (
                ("Un soir de plus", NeedState.STUDIED, True),
                ("Le dimanche", NeedState.DONE, True),
                ("Gardé pour nous", NeedState.OPEN, False),
            )
        ]
    page = html.unescape(client.get("/tell").get_data(as_text=True))
    assert ("Un soir de plus" in page, "Le dimanche" in page, "Gardé" in page) == (1, 0, 0)
    for _ in range(2):  # the second changes nothing
        status, shown = send(client, "/tell", f"/tell/also/{made[0].id}")
        assert (status, "C’est noté" in shown) == (200, True)
    assert "Vous aussi" in shown
    assert "il y a une réponse" in send(client, "/tell", f"/tell/also/{made[1].id}")[1]
    assert send(client, "/tell", f"/tell/also/{made[2].id}")[0] == 404
    with place.database.read() as db:
        counts = [needs.get(db, need.id, actor=SYSTEM).times for need in made]
    assert counts == [1, 0, 0]


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
    assert "ressemble à" in shown, "the report that is left is close to it"
    asked = client.get(f"/needs?sort={second}").get_data(as_text=True)
    assert '<option value="">Choisir…</option>' in asked, "no need is chosen beforehand"
    shown = send(client, "/needs", "/needs/sort", need="", report=second)[1]
    assert "Choisissez d’abord le besoin" in shown
    assert "« ouvrir plus tard, dit Ben »" in shown.replace("\u00a0", " ")
    assert send(client, "/needs", "/needs/sort", need=need.id, report=second)[0] == 200
    shown = send(client, "/needs", f"/needs/{need.id}/told")[1]
    assert "<b>3</b><span> fois" in shown
    less = f"/needs/{need.id}/told/undo"
    assert f'action="{less}"' in shown, "the undo bar"
    assert "<b>2</b><span> fois" in send(client, "/needs", less)[1]
    shown = undo_sort(client, need.id, second)
    assert "« ouvrir plus tard, dit Ben »" in shown.replace("\u00a0", " ")
    for again in (f"/needs/{need.id}/told", "/needs/sort"):
        send(client, "/needs", again, need=need.id, report=second)
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
    refused = fields | {"state": "declined", "outcome": ""}
    assert "pour publier un non" in send(client, "/needs", f"/needs/{need.id}", **refused)[1]
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


def made(place: Place, title: str, state: NeedState = NeedState.OPEN, times: int = 0) -> Need:
    with place.database.write() as db:
        new = NewNeed(theme="hours", title=title, state=state, site_id=SITE)
        found = needs.create(db, new, actor=SYSTEM, now=NOW)
        for _ in range(times):
            found = needs.count_in_person(db, found.id, actor=SYSTEM, now=NOW)
    return found


def test_the_undo_of_a_change_does_not_overwrite_a_later_one(
    place: Place, client: FlaskClient
) -> None:
    need = made(place, "Ouvrir un soir de plus")
    sign_in(client, "manager")
    address, fields = f"/needs/{need.id}", {"theme": "hours", "state": "open"}
    shown = send(client, "/needs", address, **fields, title="Ouvrir le jeudi")[1]
    bar = shown.partition('id="undo"')[2].partition("</form>")[0]
    undo = dict(re.findall(r'name="(\w+)" value="([^"]*)"', bar))
    assert undo["title"] == "Ouvrir un soir de plus"
    send(client, "/needs", address, **fields, title="Ouvrir le vendredi")
    assert "entre-temps" in send(client, "/needs", address, **undo)[1]
    assert need_of(place).title == "Ouvrir le vendredi"
    undo["version"] = str(need_of(place).row_version)
    send(client, "/needs", address, **undo)
    assert need_of(place).title == "Ouvrir un soir de plus"


def test_a_reply_survives_a_count_and_a_refusal(place: Place, client: FlaskClient) -> None:
    need = made(place, "Ouvrir un soir de plus")
    sign_in(client, "manager")
    typed = {
        "title": "Ouvrir le jeudi",
        "theme": "hours",
        "own_theme": "Soirées",
        "state": "declined",
        "published": "yes",
        "version": str(need.version),
    }
    refused = send(client, "/needs?q=absent", f"/needs/{need.id}?q=absent", **typed)[1]
    assert "pour publier un non" in refused
    assert 'value="Ouvrir le jeudi"' in refused
    assert 'value="Soirées"' in refused
    assert '<option value="declined" selected>' in refused
    assert 'name="published" value="yes" checked' in refused
    send(client, "/tell", "/tell", theme="hours", text="un soir")
    with place.database.read() as db:
        report = db.query(UserReport).one().id
    send(client, "/needs", "/needs/sort", need=need.id, report=report)
    send(client, "/needs", f"/needs/{need.id}/told")
    typed["outcome"] = "Personne pour tenir l’accueil."
    assert "Enregistré" in send(client, "/needs", f"/needs/{need.id}", **typed)[1]
    stale = send(client, "/needs", f"/needs/{need.id}", **typed | {"outcome": "Autre chose."})[1]
    assert "entre-temps" in stale
    assert 'rows="2" maxlength="400">Autre chose.</textarea>' in stale
    assert need_of(place).outcome == "Personne pour tenir l’accueil."


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Un atelier pour réparer son téléphone", "Des soirées réparation"),
        ("Il n’y a plus de CONTREPLAQUE en 3 mm !", "Acheter le contreplaqué sur place"),
        ("Pouvoir venir le dimanche matin", None),
        ("", None),
    ],
)
def test_the_closest_need_is_proposed_and_none_where_none_is_close(
    place: Place, text: str, title: str | None
) -> None:
    titles = (
        "Des soirées réparation",
        "Acheter le contreplaqué sur place",
        "Venir avec un enfant le mercredi",
    )
    found = closest(text, [made(place, name) for name in titles])
    assert (found and found.title) == title


def test_a_merge_taken_back_leaves_the_report_as_it_was(place: Place, client: FlaskClient) -> None:
    need = made(place, "Ouvrir un soir de plus")
    send(client, "/tell", "/tell", theme="hours", text="le jeudi soir")
    sign_in(client, "desk")
    with place.database.read() as db:
        report = db.query(UserReport).one().id
    send(client, "/needs", "/needs/sort", need=need.id, report=report)
    undo_sort(client, need.id, report)
    with place.database.read() as db:
        row = db.query(UserReport).one()
        assert (row.need_id, row.state, row.taken_by) == (None, ToldState.NEW, None)
    assert "entre-temps" in undo_sort(client, need.id, report), "only once"


def test_the_table_has_the_most_asked_first_is_searched_filtered_and_read_page_by_page(
    place: Place, client: FlaskClient
) -> None:
    for number in range(27):
        made(place, f"Élan {number:02}", times=2 if number == 26 else 1)
    made(place, "Un casier", NeedState.DONE)
    sign_in(client, "desk")

    def titles(query: str) -> list[str]:
        page = html.unescape(client.get(f"/needs?{query}").get_data(as_text=True))
        assert query.startswith("q=zz") or "28 besoins" in re.sub("</?b>", "", page)
        return re.findall(r'<th scope="row">([^<]+)</th>', page)

    assert titles("")[:2] == ["Élan 26", "Élan 00"]
    assert len(titles("")) == 25
    assert titles("from=25") == ["Élan 24", "Élan 25", "Un casier"]
    assert titles("state=done") == ["Un casier"]
    assert titles("q=elan+1&state=open") == [f"Élan {number}" for number in range(10, 20)]
    assert titles("q=zzz") == []


def test_a_need_like_the_typed_one_is_said_while_it_is_typed(
    place: Place, client: FlaskClient
) -> None:
    need = made(place, "Des soirées réparation")
    sign_in(client, "desk")
    shown = send(client, "/needs", "/needs/like", title="réparer mon vélo", report="")[1]
    assert f'formaction="/needs/{need.id}/told"' in shown
    assert "formaction" not in send(client, "/needs", "/needs/like", title="une table")[1]
    page = client.get("/needs?new=yes").get_data(as_text=True)
    assert ("<dialog" in page, "<dialog" in client.get("/needs").get_data(as_text=True)) == (
        True,
        False,
    )
    refused = send(client, "/needs", "/needs", title="Une table", theme="")
    assert (refused[0], "Une table</textarea>" in refused[1]) == (422, True)


def test_a_report_is_thrown_away_restored_and_then_forgotten(
    place: Place, client: FlaskClient
) -> None:
    send(client, "/tell", "/tell", theme="hours", text="Zoé est toujours là")
    with place.database.read() as db:
        report = db.query(UserReport).one().id
    sign_in(client, "manager")
    assert "Zoé" in client.get("/since").get_data(as_text=True)
    junk = {"report": report, "reason": "names_somebody"}
    assert "entre-temps" in send(client, "/needs", "/needs/discard", report=report, reason="x")[1]
    shown = send(client, "/needs", "/needs/discard", **junk)[1]
    assert "Jeté." in shown
    assert "Zoé est toujours là" not in shown
    assert "Zoé" not in client.get("/since").get_data(as_text=True)
    assert "Zoé est toujours là" in send(client, "/needs", "/needs/restore", report=report)[1]
    send(client, "/needs", "/needs/discard", **junk)
    with place.database.write() as db:
        needs.forget_discarded(db, NOW)
        assert db.query(UserReport).one().text is not None
        needs.forget_discarded(db, Utc.of(NOW + needs.UNDO_TIME * 2))
    with place.database.read() as db:
        row = db.query(UserReport).one()
        assert (row.text, row.discarded) == (None, DiscardReason.NAMES_SOMEBODY)
        assert db.query(AuditEntry).filter_by(action="user_report_discarded").count() == 2
    assert "entre-temps" in send(client, "/needs", "/needs/restore", report=report)[1]


def test_a_need_that_nobody_asked_for_is_deleted_and_others_are_merged(
    place: Place, client: FlaskClient
) -> None:
    send(client, "/tell", "/tell", theme="hours", text="le jeudi soir")
    with place.database.read() as db:
        report = db.query(UserReport).one().id
    sign_in(client, "desk")
    fields = {"title": "Le jeudi", "theme": "hours", "report": report}
    shown = send(client, "/needs", "/needs", **fields)[1]
    need = need_of(place)
    assert f'action="/needs/{need.id}/delete"' in shown, "the undo bar"
    assert "entre-temps" in send(client, "/needs", f"/needs/{need.id}/delete")[1], "one asked"
    sign_in(client, "manager")
    assert "Supprimer ce besoin" not in client.get(f"/needs?reply={need.id}").text
    shown = send(client, "/needs", f"/needs/{need.id}/delete", report=report)[1]
    assert "« le jeudi soir »" in shown.replace("\u00a0", " ")
    send(client, "/needs", "/needs", **fields)
    need = need_of(place)
    alone = made(place, "Typed by hand")
    sign_in(client, "desk")
    shown = client.get("/needs").text
    assert f'action="/needs/{alone.id}/delete"' in shown
    assert f'action="/needs/{need.id}/delete"' not in shown
    sign_in(client, "manager")
    assert "Supprimer ce besoin" in client.get(f"/needs?reply={alone.id}").text
    send(client, "/needs", f"/needs/{alone.id}/delete")
    other = made(place, "Ouvrir un soir de plus", times=2)
    send(client, "/needs", f"/needs/{other.id}/merge", other=need.id)
    assert (need_of(place).id, need_of(place).at_desk) == (need.id, 2)
    other = made(place, "Autre", times=1)
    send(client, "/needs", f"/needs/{need.id}/merge", other=other.id)
    with place.database.read() as db:
        assert db.query(UserReport).one().need_id == other.id
        assert needs.get(db, other.id, actor=SYSTEM).times == 4


def test_a_wish_about_no_machine_leads_to_the_needs_and_not_to_live(
    place: Place, client: FlaskClient
) -> None:
    send(client, "/tell", "/tell", theme="hours", text="le jeudi soir")
    with place.database.read() as db:
        report = db.query(UserReport.id).scalar()
    sign_in(client, "manager")
    take = {"back": "since", "since": "week", "row": "x"}
    shown = send(client, "/since?since=week", f"/told/{report}/take", **take)[1]
    row = shown[shown.index("le jeudi soir") :]
    assert re.search(r'<a class="button[^>]+href="/needs"', row)
    assert "Voir En direct" not in row
    done = {"csrf_token": token_of(client), "remark": "Demandé à l’équipe"}
    assert client.post(f"/told/{report}/done", data=done).location == "/needs"


def test_what_is_no_need_but_concerns_a_machine_is_left_to_whoever_maintains_it(
    place: Place, client: FlaskClient
) -> None:
    with place.database.write() as db:
        new = NewTellCode(access_point=LASER)
        code = report_codes.create(db, new, actor=SYSTEM, now=NOW).code
    address = f"/tell/{code}"
    send(client, address, address, kind="need", text="Plus de vinyle noir", contact="06 12 34")
    with place.database.read() as db:
        report = db.query(UserReport).one().id
    sign_in(client, "manager")
    page = html.unescape(client.get("/needs").get_data(as_text=True))
    assert "Pas un besoin : le laisser à la machine" in page.replace("\u00a0", " ")
    assert "il disparaît aussi de la machine" in page
    shown = send(client, "/needs", "/needs/leave", report=report)[1]
    assert "Laissé à la machine, pour qui l’entretient." in shown
    assert f'id="report-{report}"' not in shown, "it is no need to sort"
    for where in (f"/machines/{LASER}", "/since"):
        assert "Plus de vinyle noir" in client.get(where).get_data(as_text=True)
    assert "06 12 34" in client.get(f"/machines/{LASER}").get_data(as_text=True)
    assert "Quelque chose sur la machine" in client.get(address).get_data(as_text=True)
    again = {"report": report, "kind": "need"}
    assert f'id="report-{report}"' in send(client, "/needs", "/needs/sort-again", **again)[1]
    assert "entre-temps" in send(client, "/needs", "/needs/sort-again", **again)[1], "only once"
    send(client, "/needs", "/needs/leave", report=report)
    assert send(client, "/needs", "/needs/sort-again", report=report, kind="x")[0] == 400
    settle = f"/told/{report}/done"
    send(client, "/needs", settle, remark="Commandé")
    assert "entre-temps" in send(client, "/needs", "/needs/leave", report=report)[1], "settled"
    send(client, "/tell", "/tell", theme="hours", text="le jeudi soir")
    assert "le laisser à la machine" not in client.get("/needs").get_data(as_text=True)

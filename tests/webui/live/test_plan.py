"""The plan: what stands where, drawn as a draft, published, and taken back."""

import re

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from controller.capabilities.live.models import SitePlan
from controller.capabilities.machines.models import AccessPointRow, PointStateRow
from controller.capabilities.members import members
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.shapes import NewMember
from controller.capabilities.places.models import ZoneRow
from controller.capabilities.screen import rules
from controller.capabilities.screen.rules import ScreenRules
from controller.capabilities.usage.models import SessionRow
from controller.kernel.actor import Actor
from controller.kernel.database import Database
from controller.store.packed_event import first_id
from tests.support.clock import Clock
from tests.webui.conftest import NOW, SITE, sign_in, token_of
from tests.webui.live.live_actions import desk as desk

DRAWN = {
    "walls": "0 0 120 0\n0 0 0 80",
    "doors": "40 0 0 front\n80 0 2",
    "rooms": "shop 3 7",
    "machines": "laser 30 40",
}


@pytest.fixture
def manager(desk: FlaskClient, database: Database) -> FlaskClient:
    """A manager, before the door and the machine, which is in a room."""
    with database.write() as db:
        db.add(ZoneRow(id="shop", site_id=SITE, name={"fr": "Atelier"}, row_version=1))
        db.flush()
        db.get_one(AccessPointRow, "laser").zone_id = "shop"
    desk.delete_cookie("loquet")
    sign_in(desk, "manager")
    return desk


def post(client: FlaskClient, path: str, **fields: str) -> str:
    if "published" not in fields:
        fields = {"draft_at": draft_at_of(client), **fields}
    answer = client.post(path, data={"csrf_token": token_of(client), **fields})
    assert answer.status_code == 303
    return client.get(answer.headers["Location"]).get_data(as_text=True)


def draft_at_of(client: FlaskClient) -> str:
    """Return the time of the draft that is drawn on."""
    found = re.search(
        r'name="draft_at" value="([^"]*)"', client.get("/plan/draw").get_data(as_text=True)
    )
    assert found
    return found[1]


def undo_of(text: str) -> dict[str, str]:
    """Return what the undo button sends."""
    bar = text.partition('id="undo"')[2].partition("</form>")[0]
    return dict(re.findall(r'name="(published\w*)" value="([^"]*)"', bar))


def place_of(text: str, point: str) -> str:
    found = re.search(rf'id="spot-{point}".*?translate\(([^)]*)\)', text)
    assert found
    return found[1]


def test_what_was_never_drawn_has_rooms_all_the_same(manager: FlaskClient) -> None:
    text = manager.get("/plan").get_data(as_text=True)
    assert '<a class="m is-running" id="spot-laser"' in text
    assert '<a class="tag is-off" id="spot-front"' in text
    assert re.search(r'<text class="room"[^>]*><tspan[^>]*>Atelier', text)
    assert 'class="wall" d="M' in text


def test_a_long_name_of_a_room_ends_before_the_next_wall(
    manager: FlaskClient, database: Database
) -> None:
    post(manager, "/plan/draft", walls="40 0 40 30", doors="", rooms="shop 2 2", machines="")
    with database.write() as db:
        db.get_one(ZoneRow, "shop").name = {"fr": "Salle de réunion et de menuiserie"}
    text = post(manager, "/plan/publish")
    wide, small = re.findall(r'<text class="room(?: is-small)?".*?</text>', text)
    assert re.findall(r">([^<>]+)</tspan>", wide)[:2] == ["Salle de réunion et de", "menuiserie"]
    assert re.findall(r">([^<>]+)</tspan>", small) == ["Salle de", "réunion et de", "menuiserie"]


def test_a_drawing_is_a_draft_until_it_is_published(
    manager: FlaskClient, database: Database
) -> None:
    before = place_of(manager.get("/plan").get_data(as_text=True), "laser")
    drawn = post(manager, "/plan/draft", **DRAWN)
    assert "Brouillon enregistré." in drawn
    for lines in DRAWN.values():
        assert f">{lines}</textarea>" in drawn, "it is gone on with"
    assert place_of(manager.get("/plan").get_data(as_text=True), "laser") == before
    text = post(manager, "/plan/publish")
    assert "Plan publié." in text
    assert place_of(text, "laser") != before
    assert text.count('class="leaf"') == 2
    again = post(manager, "/plan/publish", **undo_of(text))
    assert "de nouveau un brouillon" in again
    assert place_of(manager.get("/plan").get_data(as_text=True), "laser") == before
    with database.read() as db:
        assert db.get_one(SitePlan, SITE).draft is not None


def test_a_door_has_its_name_on_the_plan_away_from_its_wall(manager: FlaskClient) -> None:
    for turn, is_below in ((0, False), (2, True)):
        post(manager, "/plan/draft", walls="", doors=f"40 40 {turn} front", rooms="", machines="")
        door = post(manager, "/plan/publish").partition('id="spot-front"')[2].partition("</a>")[0]
        found = re.search(r'aria-label="([^:]+).*<text class="l" y="(-?\d+)">([^<]+)', door)
        assert found
        assert found[3] == found[1].strip()
        assert (int(found[2]) > 0) is is_below


def test_without_a_draft_nothing_is_published(manager: FlaskClient) -> None:
    assert "Rien n’a été publié" in post(manager, "/plan/publish")
    post(manager, "/plan/draft", **DRAWN)
    undo = undo_of(post(manager, "/plan/publish"))
    post(manager, "/plan/draft", **DRAWN)
    assert "Rien n’a été publié" in post(manager, "/plan/publish", **undo), "a new draft"


def test_two_who_draw_do_not_overwrite_each_other(
    manager: FlaskClient, database: Database, clock: Clock
) -> None:
    seen = draft_at_of(manager)
    headers = {"HX-Request": "true"}

    def save(draft_at: str, machines: str) -> TestResponse:
        clock.forward(seconds=1)
        fields = {"csrf_token": token_of(manager), "draft_at": draft_at, **DRAWN}
        return manager.post("/plan/draft", data={**fields, "machines": machines}, headers=headers)

    first = save(seen, "laser 1 1")
    second = save(first.headers["Draft-At"], "laser 2 2")
    assert (first.status_code, second.status_code) == (200, 200)
    for stale in (seen, first.headers["Draft-At"], "yesterday"):
        refused = save(stale, "laser 3 3")
        assert refused.status_code == 409
        assert "quelqu’un d’autre a modifié le brouillon" in refused.get_data(as_text=True)
    assert "quelqu’un d’autre" in post(manager, "/plan/draft", **DRAWN, draft_at=seen)
    with database.read() as db:
        draft = db.get_one(SitePlan, SITE).draft or {}
    assert draft["machines"] == [{"point": "laser", "x": 2, "y": 2}]


def test_a_draft_that_one_has_not_seen_is_not_published(
    manager: FlaskClient, database: Database, clock: Clock
) -> None:
    post(manager, "/plan/draft", **DRAWN)
    seen = draft_at_of(manager)
    clock.forward(seconds=1)
    post(manager, "/plan/draft", **{**DRAWN, "machines": "laser 2 2"})
    for stale in (seen, "", "yesterday"):
        text = post(manager, "/plan/publish", draft_at=stale)
        assert "quelqu’un d’autre a modifié le brouillon" in text
        assert "<h1>Dessiner le plan</h1>" in text, "where it is to be seen"
    with database.read() as db:
        assert db.get_one(SitePlan, SITE).published is None
    assert "Plan publié." in post(manager, "/plan/publish")


def test_an_undo_takes_back_only_the_plan_that_it_published(
    manager: FlaskClient, database: Database, clock: Clock
) -> None:
    undos, times = [], []
    for machine in ("laser 30 40", "laser 50 60"):
        post(manager, "/plan/draft", **{**DRAWN, "machines": machine})
        times.append(clock.forward(minutes=1))
        undos.append(undo_of(post(manager, "/plan/publish")))
    shown = manager.get("/plan").get_data(as_text=True)
    assert "en a publié un autre depuis" in post(manager, "/plan/publish", **undos[0])
    unknown = post(manager, "/plan/publish", published="no", published_at="yesterday")
    assert "en a publié un autre depuis" in unknown
    assert place_of(manager.get("/plan").get_data(as_text=True), "laser") == place_of(
        shown, "laser"
    )
    assert "de nouveau un brouillon" in post(manager, "/plan/publish", **undos[1])
    with database.read() as db:
        assert db.get_one(SitePlan, SITE).published_at == times[0], "the time of what is shown"


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("walls", "0 0 10"),
        ("walls", "0 0 10 1001"),
        ("walls", "0 0 10 -1"),
        ("walls", "0 0 1.5 1"),
        ("doors", "1 1 4"),
        ("rooms", "shop x 1"),
        ("machines", "laser 1 1 1"),
    ],
)
def test_a_line_that_is_none_is_named(
    manager: FlaskClient, database: Database, kind: str, line: str
) -> None:
    text = post(manager, "/plan/draft", **{**DRAWN, kind: f"{DRAWN[kind]}\n{line}"})
    assert f"voyez la ligne «\u00a0{line}\u00a0»" in text.replace("\u202f", "\u00a0")
    with database.read() as db:
        assert db.get(SitePlan, SITE) is None


def test_what_is_of_no_machine_or_room_here_is_left_out(
    manager: FlaskClient, database: Database
) -> None:
    post(manager, "/plan/draft", rooms="elsewhere 1 1", machines="other 1 1\nlaser 2 2")
    with database.read() as db:
        draft = db.get_one(SitePlan, SITE).draft or {}
        assert draft["rooms"] == []
        assert [spot["point"] for spot in draft["machines"]] == ["laser"]


def test_what_is_not_on_the_plan_is_named_beside_it(manager: FlaskClient) -> None:
    post(manager, "/plan/draft", walls=DRAWN["walls"])
    text = post(manager, "/plan/publish")
    named = text.partition("Pas encore sur le plan")[2].partition("</p>")[0]
    assert re.findall(r'id="spot-(\w+)"', named) == ["front", "laser"]


def test_the_desk_reads_the_plan_and_draws_nothing(desk: FlaskClient) -> None:
    assert "spot-laser" in desk.get("/plan").get_data(as_text=True)
    assert desk.get("/plan/draw").status_code == 403
    data = {"csrf_token": token_of(desk), **DRAWN}
    for path in ("/plan/draft", "/plan/publish"):
        assert desk.post(path, data=data).status_code == 403


def test_in_the_hall_the_plan_names_nobody_and_no_locked_door(
    manager: FlaskClient, database: Database
) -> None:
    boss, key = Actor.system("test"), first_id(NOW.millis())
    with database.write() as db:
        rules.change(db, SITE, ScreenRules(is_public=True), actor=boss, now=NOW)
        ana = members.create(db, NewMember(display_name="Ana Roy"), actor=boss, now=NOW)
        db.add(
            SessionRow(
                id=key,
                site_id=SITE,
                agent_id="pi",
                access_point_id="laser",
                member_ref=db.get_one(MemberRow, ana.id).ref,
                started_at=NOW,
                state="running",
                state_at=NOW,
                active_s=0,
                idle_s=0,
                powered_s=0,
                gap_s=0,
            )
        )
        db.get_one(PointStateRow, "laser").session_id = key
    assert "Ana Roy" in manager.get("/").get_data(as_text=True)
    text = manager.get(f"/screen?site={SITE}&view=plan").get_data(as_text=True)
    assert "Ana" not in text
    plan = text.partition('class="plan"')[2].partition("</svg>")[0]
    (laser,) = re.findall(r'<(\w+) class="m is-running" id="spot-laser"([^>]*)>', plan)
    assert laser[0] == "g"
    assert 'role="img"' in laser[1]
    assert 'aria-label="Laser : ' in laser[1].replace("\u00a0", " ")
    assert "<a" not in plan, "nothing to open, and so no link"
    assert 'id="spot-front"' not in text
    assert "Libre en ce moment" not in text

"""A tile says what a machine draws, and that its job goes on after closing."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import time, timedelta

import pytest
from flask import Flask

from controller.capabilities.live.board import Board, Tile
from controller.capabilities.live.reservations import Reservation
from controller.capabilities.print_jobs.progress import PrintProgress
from controller.domain.facts import (
    AccessPoint,
    Name,
    OnEnd,
    PointKind,
    Schedule,
    SessionRules,
    Site,
    WeeklyWindow,
)
from controller.domain.ids import AccessPointId
from controller.domain.time import Utc
from controller.kernel.database import Database
from tests.support.clock import Clock
from tests.webui.conftest import NOW, make_app
from webui import language
from webui.live.facts import summary
from webui.live.tiles import tile
from webui.live.views import Alarm

FOUND = Tile(
    point=AccessPoint(
        id=AccessPointId("laser"), kind=PointKind.MACHINE, agent="pi", name=Name(fr="Laser")
    ),
    online=True,
    offline_since=None,
    state="running",
    since=NOW,
    available=False,
    ends_at=None,
    warning=False,
    faults=(),
    watts=None,
    session=None,
)


@pytest.fixture(autouse=True)
def french(database: Database, clock: Clock) -> Iterator[None]:
    app: Flask = make_app(database, clock)
    with app.test_request_context(headers={"Accept-Language": "fr"}):
        language.choose()
        yield


def site(closes: time) -> Site:
    week = tuple(WeeklyWindow(weekday=day, start=time(9), end=closes) for day in range(7))
    return Site(
        id="here",
        name=Name(fr="Ici"),
        time_zone="Europe/Paris",
        opening="open",
        schedules={"open": Schedule(weekly=week)},
    )


@pytest.mark.parametrize(
    ("watts", "said"), [(240, "240 W"), (1400, "1,4 kW"), (2000, "2 kW"), (None, "")]
)
def test_what_it_draws(watts: int | None, said: str) -> None:
    made = tile(replace(FOUND, watts=watts), {}, NOW, site(time(19)))
    assert made.power.replace("\u00a0", " ") == said


def test_the_sentence_counts_every_machine() -> None:
    states = ("running", "armed", "off", None, "out_of_service")
    point = replace(FOUND.point, commissioned=True)
    tiles = tuple(replace(FOUND, point=point, state=state) for state in states)
    board = Board(site=site(time(19)), tiles=tiles, agents=(), alarms=(), kinds={}, windows=())
    (part,) = summary(board, ())
    assert part.text.replace("\u00a0", " ") == (
        "1 équipement fonctionne, 1 est allumé sans travail, 1 est libre, 1 a un boîtier muet, "
        "1 est hors service."
    )
    stop = Alarm(id="s", title="Tour : Arrêt d’urgence", parts=(), point=FOUND.point.id)
    others = tuple(replace(tile, point=replace(point, id=AccessPointId("other"))) for tile in tiles)
    (_stop, part) = summary(replace(board, tiles=(*others, tiles[3])), [stop])
    text = part.text.replace("\u00a0", " ")
    assert "1 autre a un boîtier muet" in text, "besides the one that the alarm names"
    (_stop, part) = summary(replace(board, tiles=(tiles[0], others[2])), [stop])
    assert part.text.replace("\u00a0", " ") == "1 équipement fonctionne, 1 est libre."


def test_a_job_goes_on_after_closing_unless_it_is_cut() -> None:
    def after(closes: time, **fields: object) -> str:
        return tile(replace(FOUND, **fields), {}, NOW, site(closes)).after  # type: ignore[arg-type]

    assert after(time(13, 30)) == "finira seule après la fermeture", "it is 14:00"
    assert after(time(14, 40)).startswith("si son travail dure, ")
    assert after(time(19)) == ""
    assert after(time(13, 30), state="armed") == ""
    cut = replace(FOUND.point, session=SessionRules(on_end=OnEnd.CUT))
    assert after(time(13, 30), point=cut) == ""
    assert after(time(14, 40), point=cut) == "sera coupée à la fermeture"


def test_where_its_end_is_known_it_is_said_long_before_closing() -> None:
    def after(**fields: object) -> str:
        return tile(replace(FOUND, **fields), {}, NOW, site(time(19)), kept).after  # type: ignore[arg-type]

    def hours(number: float) -> Utc:
        return Utc.of(NOW + timedelta(hours=number))

    kept = [Reservation(access_point="laser", starts_at=hours(-1), ends_at=hours(6.5))]
    said = "prévue jusqu’à 20:30 : finira seule après la fermeture"
    assert after().replace("\u00a0", " ") == said, "by its booking"
    assert after(ends_at=hours(2)) == "", "its box knows better"
    cut = replace(FOUND.point, session=SessionRules(on_end=OnEnd.CUT))
    assert after(point=cut) == "prévue jusqu’à 20:30, mais coupée à la fermeture"
    assert after(state="off") == "réservée jusqu’à 20:30, après la fermeture"


def test_it_is_said_however_late(clock: Clock) -> None:
    night = Utc.of(NOW + timedelta(hours=12))
    assert tile(FOUND, {}, night, site(time(19))).after == "finira seule après la fermeture"


def test_an_end_is_said_where_somebody_may_wait_for_it() -> None:
    def said(days: float) -> str:
        found = replace(FOUND, ends_at=Utc.of(NOW + timedelta(days=days)))
        made = tile(found, {}, NOW, site(time(19)))
        assert made.bar is None, "nothing is drawn from a guess"
        return made.foot[0].text

    assert said(0.1) == "s’arrête à 16:24"
    assert said(5) == "durée inconnue", "then somebody's right ends, not her work"


def test_of_a_print_its_share_and_its_end_are_drawn() -> None:
    printing = PrintProgress(62, Utc.of(NOW + timedelta(minutes=90)))
    made = tile(replace(FOUND, print=printing), {}, NOW, site(time(19)), may_command=True)
    words = [part.text.replace("\u00a0", " ") for part in made.foot]
    assert (words, made.bar and made.bar.percent) == (["62 %", "finit à 15:30"], 62)
    effects = {act.name: act.effect.replace("\u00a0", " ") for act in made.actions}
    assert (effects["finish"], effects["cut"]) == ("à 15:30", "perd 62 %")


def test_of_a_machine_that_was_never_put_into_service_no_news_are_missed() -> None:
    silent = replace(FOUND, state=None, since=None, online=False)
    made = tile(silent, {}, NOW, site(time(19)))
    assert (made.chip.look, made.lines[0][0].text) == ("out", "pas encore mise en service")
    known = replace(silent, point=replace(FOUND.point, commissioned=True))
    assert tile(known, {}, NOW, site(time(19))).chip.look == "offline"

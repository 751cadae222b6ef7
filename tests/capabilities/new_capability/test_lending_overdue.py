"""A new feature's periodic job, alarm and news."""

from datetime import timedelta

import pytest

from controller.capabilities.alarms.controller_alarms import set_job_alarm
from controller.domain.time import Utc
from controller.kernel.job_runner import JobRunner
from controller.settings import Settings
from tests.capabilities.new_capability.conftest import Place
from tests.support.lending.news import LoanNews
from tests.support.news import following
from tests.webui.conftest import NOW, SITE, sign_in

WORDS = {
    "fr": ("Outil à rendre", "Voyez la liste des outils prêtés"),
    "en": ("Tool not given back", "Look at the list of lent tools"),
}


def look_for_overdue(place: Place) -> None:
    """As the hub does, until the job has told of the next loan."""
    with following(place.database, place.live) as heard:
        runner = JobRunner(
            place.database, "test", Settings(), alarm=set_job_alarm, sites=list, clock=place.clock
        )
        runner.start()
        try:
            while not isinstance(heard.next().news, LoanNews):
                pass
        finally:
            runner.stop()


def test_the_job_marks_what_is_overdue_and_the_board_says_so(place: Place) -> None:
    late, other = place.lend()["id"], place.lend(due_at="2026-12-24T17:00:00.000Z")["id"]
    place.clock.now = Utc.of(NOW + timedelta(days=2))
    look_for_overdue(place)
    assert place.call("GET", f"/loans/{late}").get_json()["overdue"] is True
    assert place.call("GET", f"/loans/{other}").get_json()["overdue"] is False
    for language, words in WORDS.items():
        board = _board(place, language)
        assert all(text in board for text in words)
    place.call("POST", f"/loans/{late}/back", {})
    assert WORDS["en"][0] not in _board(place, "en")


def _board(place: Place, language: str) -> str:
    client = place.client
    client.set_cookie("language", language)
    sign_in(client, "desk")
    return client.get("/").get_data(as_text=True)


def test_a_longer_loan_is_no_longer_overdue(place: Place) -> None:
    late = place.lend()["id"]
    place.clock.now = Utc.of(NOW + timedelta(days=2))
    look_for_overdue(place)
    tag = place.call("GET", f"/loans/{late}").headers["ETag"]
    longer = {"due_at": "2026-12-24T17:00:00.000Z"}
    changed = place.call("PATCH", f"/loans/{late}", longer, If_Match=tag).get_json()
    assert changed["overdue"] is False
    active = place.call("GET", "/alarms?active=true").get_json()["items"]
    assert active == []


def test_a_reader_of_the_outbox_has_the_news_in_order(place: Place) -> None:
    with following(place.database, place.live) as heard:
        first, second = place.lend()["id"], place.lend("ali")["id"]
        place.call("POST", f"/loans/{first}/back", {})
        told = [news_item for news_item in heard.look() if isinstance(news_item, LoanNews)]
    assert told == [LoanNews(site=SITE, key=key) for key in (first, second, first)]


@pytest.mark.parametrize("refused", [{"tool": ""}, {"member_id": "nobody"}])
def test_what_is_refused_is_no_news(place: Place, refused: dict[str, str]) -> None:
    new = {"tool": "Scie", "member_id": place.ids["zoe"], "due_at": "2026-11-25T17:00:00.000Z"}
    with following(place.database, place.live) as heard:
        assert place.call("POST", "/loans", new | refused).status_code == 422
        assert not [news_item for news_item in heard.look() if isinstance(news_item, LoanNews)]

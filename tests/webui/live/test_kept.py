"""Live's part: made once for many, never another's, and never old."""

from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Barrier, Event

import pytest

from controller.domain.time import Utc
from tests.webui.conftest import NOW
from webui.live.pages import CACHE_TIME, MAX_PARTS, BoardCache


def test_many_who_ask_at_once_are_given_what_one_had_made() -> None:
    kept, made, goes_on, all_here = BoardCache(), count(1), Event(), Barrier(9)

    def make() -> str:
        goes_on.wait()
        return f"made {next(made)}"

    def ask() -> str:
        all_here.wait()
        return kept.text("desk", 7, NOW, make)

    with ThreadPoolExecutor(8) as readers:
        answers = [readers.submit(ask) for _ in range(8)]
        all_here.wait()
        goes_on.set()
        assert {answer.result() for answer in answers} == {"made 1"}


@pytest.mark.parametrize(
    ("who", "place", "now"),
    [("manager", 7, NOW), ("desk", 8, NOW), ("desk", 7, Utc.of(NOW + CACHE_TIME))],
)
def test_it_is_made_anew(who: str, place: int, now: Utc) -> None:
    kept = BoardCache()
    assert kept.text("desk", 7, NOW, lambda: "old") == "old"
    assert kept.text("desk", 7, Utc.of(NOW + CACHE_TIME / 2), lambda: "new") == "old"
    assert kept.text(who, place, now, lambda: "new") == "new"


def test_what_could_not_be_made_is_tried_again() -> None:
    kept = BoardCache()
    with pytest.raises(ZeroDivisionError):
        kept.text("desk", 7, NOW, lambda: str(1 / 0))
    assert kept.text("desk", 7, NOW, lambda: "made") == "made"


def test_only_so_much_is_kept() -> None:
    kept = BoardCache()
    for number in range(MAX_PARTS + 1):
        kept.text(number, 7, NOW, lambda: "old")
    assert kept.text(0, 7, NOW, lambda: "new") == "new"

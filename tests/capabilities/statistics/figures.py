"""What tests of figures share with others."""

from controller.capabilities.statistics import funder
from controller.capabilities.statistics.shapes import FunderMonth
from tests.capabilities.conftest import BOSS, Place


def read(place: Place, first: str, last: str) -> list[FunderMonth]:
    with place.database.read() as db:
        return funder.report(db, "here", first=first, last=last, actor=BOSS, now=place.now)

"""What tests of live page share with others."""

from datetime import timedelta

from controller.capabilities.machines.changes import PointNews
from controller.capabilities.machines.models import PointStateRow
from controller.domain.time import Utc
from controller.kernel.database import wall_clock
from controller.kernel.outbox import post_news
from tests.browser.conftest import World


def change_state(world: World, point: str, state: str) -> None:
    """What the hub does when an agent says that a point has another state."""
    with world.database.write() as db:
        row = db.get_one(PointStateRow, point)
        row.state, row.since = state, Utc.of(wall_clock() - timedelta(seconds=1))
        row.faults, row.ends_at, row.warning = [], None, False
        post_news(db, PointNews(site="la-fabrique", key=point))

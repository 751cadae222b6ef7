"""A database in which people have lived is brought to the next release's schema."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from controller.assembly import HOUSE
from controller.cli.upgrade_checks import count_rows
from controller.hub.rebuild import rebuild
from controller.kernel import audit
from controller.kernel.database import Database, wall_clock
from controller.policy import check_policy
from controller.store import migrate
from controller.store.engine import open_database
from controller.store.unavailable import DatabaseError
from tests.capabilities.privacy.lived import EMAIL, NAME
from tests.support.filled import filled_database
from tests.support.next_release import NEXT_HOUSE


@pytest.fixture(params=["sqlite", "postgresql"])
def filled(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """As this release left it."""
    engine = open_database(filled_database(request.param, request, tmp_path))
    yield engine
    engine.dispose()


def test_nothing_is_lost_and_everything_still_agrees(filled: Engine) -> None:
    with filled.connect() as connection:
        before = count_rows(connection)
    assert before["event"] > 10
    assert before["member"] == 2
    migrate.upgrade(filled, NEXT_HOUSE.migrations)
    migrate.require_current(filled, NEXT_HOUSE.migrations)
    with filled.connect() as connection:
        assert count_rows(connection) == before | {"member_contact": 1}
        rows = connection.execute(text("SELECT email, seniority FROM member"))
        assert rows.all() == [(None, 1), (None, 1)]
        of_member = "JOIN member ON member.id = member_contact.member_id"
        moved = f"SELECT display_name, member_contact.email FROM member_contact {of_member}"  # noqa: S608
        assert connection.execute(text(moved)).all() == [(NAME, EMAIL)]
    with pytest.raises(DatabaseError, match="next_release_0001, newer than this program's 1000"):
        migrate.require_current(filled, HOUSE.migrations)
    database = Database(filled, house=HOUSE)
    with database.write() as db:
        assert audit.verify(db) is None
        assert check_policy(db, wall_clock()) == []
        assert rebuild(db) == []
        db.rollback()

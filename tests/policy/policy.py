"""What tests of policy share with others."""

from controller import policy
from controller.wire.rows import Row
from tests.capabilities.conftest import Place

PAGE = 100_000


def rows(place: Place, since: int = 0) -> dict[tuple[str, str], Row]:
    """All rows after a version, by table and key."""
    with place.database.read() as db:
        page = policy.rows_since(db, "here", since, None, PAGE)
    assert page.next is None
    return {(row.table, row.key): row for row in page.rows}


def sound(place: Place) -> bool:
    """Whether the rows are what the facts say."""
    with place.database.read() as db:
        return policy.check_policy(db, place.now) == []

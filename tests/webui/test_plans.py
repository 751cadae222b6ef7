"""No page looks through a whole table of people: each row that it shows is found by an index.

SQLite plans by the schema alone, so ten members show what it does with a hundred thousand.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import event, select

from controller.capabilities.members.models import MemberRow
from controller.capabilities.plans.member_filter import MemberFilter
from controller.kernel.database import Database
from tests.support.clock import Clock
from tests.webui.conftest import NOW, make_app, sign_in
from tests.webui.statements import FEW, NOT_ASKED, fill

LARGE = "member|member_word|credential|subscription|pass|held"
WHOLE = re.compile(rf"SCAN ({LARGE})\b|INDEX ix_member_site_id \(site_id=\?\)$")
"""Of a place, all members are of that site."""
OF_A_STATE = re.compile(r"SEARCH member USING .*ix_member_status_id_site_id \(status=\?\)")
BOUNDED = (
    re.compile(r"SELECT member\.id.* ORDER BY member\.id( DESC)? LIMIT"),
    re.compile(r"\(SELECT member\.id AS id FROM member WHERE .* LIMIT"),
    re.compile(r"credential\.lent AND"),
    re.compile(r"^SELECT member\.guardian_name FROM member WHERE"),
    re.compile(r"^SELECT 'audit' WHERE EXISTS \(SELECT 1 FROM \"audit\"\) UNION ALL"),
)
"""In the order of an index until there are enough, few badges are lent, and few erase somebody;
the tables with rows end at their first row."""
SEARCHES = ("/members?q=some", "/members?q=some+bo", "/desk?q=some", "/find?q=some")


def test_every_page_finds_its_people_by_an_index(database: Database) -> None:
    app = make_app(database, Clock(NOW))
    client = app.test_client()
    assert sign_in(client, "admin") == 303
    fill(database, FEW)
    with database.read() as db:
        member = db.scalars(select(MemberRow.id).limit(1)).one()
    pages = [
        rule.rule.replace("<member>", member)
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and rule.arguments <= {"member"}
        if not rule.rule.startswith((*NOT_ASKED, "/api", "/s/"))
    ]
    pages += [f"/desk?person={member}", *SEARCHES]
    asked = [(page, *it) for page in pages for it in plans(database, client, page)]
    assert len({page for page, *_ in asked}) > 20
    assert {
        (page, step, statement[:300])
        for page, statement, steps in asked
        for step in steps
        if (WHOLE.search(step) and not any(pattern.search(statement) for pattern in BOUNDED))
        or OF_A_STATE.search(step)
    } == set()


def test_a_list_of_one_state_is_read_in_its_order(database: Database) -> None:
    client = make_app(database, Clock(NOW)).test_client()
    assert sign_in(client, "admin") == 303
    for standing in MemberFilter:
        (steps,) = (
            steps
            for statement, steps in plans(database, client, f"/members?state={standing}")
            if re.search(r"^SELECT member\.id, member\.ref.*LIMIT", statement)
        )
        assert OF_A_STATE.search(steps[0]) or "(status=? AND id=?)" in steps[0], steps
        assert not any("TEMP B-TREE FOR ORDER BY" in step for step in steps), steps


def plans(database: Database, client: FlaskClient, page: str) -> list[tuple[str, list[str]]]:
    """What a page asks, and the steps in which SQLite answers it."""
    with asked_for(database) as asked:
        assert client.get(page).status_code < 500
    with database.engine.connect() as connection:
        return [
            (" ".join(statement.split()), _steps(connection, statement, values))
            for statement, values in asked
            if statement.startswith("SELECT")
        ]


def _steps(connection: Any, statement: str, values: Any) -> list[str]:
    return [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]


@contextmanager
def asked_for(database: Database) -> Iterator[list[tuple[str, Any]]]:
    """The statements of the block, with their values."""
    asked: list[tuple[str, Any]] = []

    def note(_c: object, _cursor: object, statement: str, values: Any, *_rest: object) -> None:
        asked.append((statement, values))

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(database.engine, "before_cursor_execute", note)

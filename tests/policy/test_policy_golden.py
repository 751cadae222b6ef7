"""What agents are told of a network's whole life: each row and its version, to the byte."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, event, select, update

from controller import policy
from controller.capabilities.members.models import MemberRow, MemberSite
from controller.kernel.database import Database
from controller.policy.invalidation import INVALIDATED_BY_HAND
from controller.policy.models import PolicyRow, PolicySite
from tests.capabilities import second_site
from tests.capabilities.conftest import Place
from tests.capabilities.second_site import THERE
from tests.policy.policy_story import STEPS, Story, key

GOLDEN = Path(__file__).parent / "golden" / "policy.txt"


def test_every_row_has_the_same_bytes_and_version_as_ever(place: Place, tmp_path: Path) -> None:
    """A new golden file is written only when agents are to be told something else, on purpose."""
    lines = ["# a place", *told(place.database, {})]
    story = Story(place)
    for step in STEPS:
        before = versions(place.database)
        with place.database.write() as db:
            db.add_all(step(story, db) or ())
        lines += [f"# {step.__name__.replace('_', ' ')}", *told(place.database, before)]
        with place.database.read() as db:
            assert policy.check_policy(db, place.now) == [], step.__name__
    found = tmp_path / "policy.txt"
    found.write_text("\n".join(lines) + "\n")
    assert found.read_text() == GOLDEN.read_text(), f"agents are told something else: see {found}"


def versions(database: Database) -> dict[str, int]:
    """Where each site's policy stands."""
    with database.read() as db:
        return {head.site_id: head.version for head in policy.heads(db)}


def told(database: Database, before: dict[str, int]) -> Iterator[str]:
    """The rows since, and the heads, one a line."""
    with database.read() as db:
        for row in db.scalars(
            select(PolicyRow).order_by(PolicyRow.site_id, PolicyRow.table, PolicyRow.key)
        ):
            if row.version > before.get(row.site_id, 0):
                value = "null" if row.value is None else row.value.decode()
                yield f"{row.site_id} {row.version} {row.table} {row.key} {value}"
        for head in db.scalars(select(PolicySite).order_by(PolicySite.site_id)):
            if head.version > before.get(head.site_id, 0):
                yield f"{head.site_id} {head.version} {head.holders} holders, digest {head.digest}"


def test_no_row_costs_a_statement(place: Place) -> None:
    """Three members or three hundred, with all that they have at two sites: as many statements."""
    story = Story(place)
    with place.database.write() as db:
        second_site.add(db, place.now)
    few = crowd(story, range(10_000, 10_003))
    many = crowd(story, range(20_000, 20_300))
    assert cost(place.database, few) == cost(place.database, many)


def crowd(story: Story, numbers: range) -> list[str]:
    """So many people with a badge, a subscription and a certification, known at both sites."""
    people = [key(number) for number in numbers]
    with story.place.database.write() as db:
        for person in people:
            db.add(story.person(person))
        db.flush()
        for person in people:
            db.add(MemberSite(member_id=person, site_id=THERE))
            db.add(story.badge(person, member_id=person))
            db.add(story.subscribed(person, "atelier", -1, None))
            db.add(story.holds(person, "laser"))
    return people


def cost(database: Database, people: list[str]) -> int:
    """The statements of a transaction in which all of them become students."""
    with counted(database.engine) as statements, database.write() as db:
        db.execute(
            update(MemberRow).where(MemberRow.id.in_(people)).values(categories=["student"]),
            execution_options={INVALIDATED_BY_HAND: True},
        )
        policy.invalidate(db, "member", people)
    return len(statements)


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """The statements that are sent meanwhile."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)

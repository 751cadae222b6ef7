"""Lists merged from branches hold the same rows, in the same order, as if all were looked at."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import product
from random import Random

import pytest
from sqlalchemy.orm import Session

from controller.capabilities.agents.models import AgentRow
from controller.capabilities.journal import events
from controller.capabilities.journal.events import Filter
from controller.capabilities.journal.shapes import Event
from controller.capabilities.places import sites
from controller.capabilities.places.shapes import NewSite
from controller.capabilities.usage import sessions
from controller.capabilities.usage.models import SessionRow
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Role
from controller.kernel.errors import Invalid
from controller.kernel.paging import Cursor
from controller.kernel.shapes import Label
from controller.wire.ids import uuid7
from tests.capabilities.conftest import BOSS, Place
from tests.support.event_rows import add_event

SITES = ("here", "east", "west")
POINTS = {site: (f"saw-{site}", f"drill-{site}") for site in SITES}
HOUR = timedelta(hours=1)


def some(*which: str) -> Actor:
    return Actor(ref="account:1", roles={site: frozenset({Role.MANAGER}) for site in which})


def times(place: Place, dice: Random) -> Iterator[tuple[str, Utc | None]]:
    """Ids that were made over ten hours; some of things that happened long before, or unknown."""
    for _ in range(60):
        made = Utc.of(place.now - HOUR * dice.uniform(0, 10))
        happened = dice.choice((made, made, made, Utc.of(made - HOUR * dice.uniform(1, 9)), None))
        # Ids of one process rise, whatever time they are told: so their time is put into them.
        yield (
            f"{made.millis():012x}"[:8] + "-" + f"{made.millis():012x}"[8:] + uuid7()[13:],
            happened,
        )


def filled(place: Place, db: Session) -> tuple[list[Event], list[SessionRow]]:
    dice = Random(5)
    for site in SITES[1:]:
        sites.create(db, NewSite(id=site, name=Label(fr=site)), actor=BOSS, now=place.now)
    told, used = [], []
    for site in SITES:
        db.add(AgentRow(id=f"pi-{site}", site_id=site, name={"en": "Pi"}, created_at=place.now))
        db.flush()
        for seq, (key, at) in enumerate(times(place, dice), 1):
            point = dice.choice((*POINTS[site], None))
            row = add_event(
                db,
                agent=f"pi-{site}",
                stream=uuid7() if seq == 30 else f"stream-{site}",
                seq=seq,
                event_id=key,
                site=site,
                point=point,
                type="access_denied",
                at=at,
                received_at=place.now,
                raw=b'{"type":"access_denied"}',
            )
            told.append(events.shape(row))
            used.append(
                SessionRow(
                    id=key,
                    site_id=site,
                    agent_id=f"pi-{site}",
                    access_point_id=point or POINTS[site][0],
                    started_at=at,
                    active_s=1.0,
                    idle_s=0.0,
                    powered_s=1.0,
                    gap_s=0.0,
                )
            )
    db.add_all(used)
    db.flush()
    return told, used


def filters(place: Place) -> Iterator[Filter]:
    spans = (None, Utc.of(place.now - 5 * HOUR)), (None, Utc.of(place.now - 2 * HOUR))
    for since, until, point, agent in product(
        *spans, (None, "saw-east", "nowhere"), (None, "pi-east", "pi-west")
    ):
        yield Filter(since=since, until=until, access_point=point, agent=agent)


def matches(filter_: Filter, at: Utc | None, point: str | None, agent: str) -> bool:
    known = at is not None
    return (
        (filter_.since is None or (known and at >= filter_.since))  # type: ignore[operator]
        and (filter_.until is None or (known and at < filter_.until))  # type: ignore[operator]
        and filter_.access_point in (None, point)
        and filter_.agent in (None, agent)
    )


@pytest.mark.parametrize("actor", [BOSS, some("here"), some("here", "west")])
def test_any_filter_gives_what_looking_at_all_rows_gives(place: Place, actor: Actor) -> None:
    with place.database.write() as db:
        told, used = filled(place, db)
        allowed = set(SITES) if actor is BOSS else set(actor.roles)
        for filter_ in filters(place):
            wanted = sorted(
                event.event_id
                for event in told
                if event.agent_id.removeprefix("pi-") in allowed
                and matches(
                    filter_, event.at or event.received_at, event.access_point, event.agent_id
                )
            )
            assert pages(db, events.page, filter_, actor, "event_id") == wanted
            mine = sorted(
                row.id
                for row in used
                if row.site_id in allowed
                and matches(filter_, row.started_at, row.access_point_id, row.agent_id)
            )
            assert pages(db, sessions.page, filter_, actor, "id") == mine


def pages(db: Session, page: object, which: Filter, actor: Actor, key: str) -> list[str]:
    """The ids of all pages, seven rows each."""
    found: list[str] = []
    cursor = Cursor(limit=7)
    while True:
        one = page(db, actor=actor, filters=which, cursor=cursor)  # type: ignore[operator]
        found += [getattr(item, key) for item in one.items]
        if one.next is None:
            return found
        cursor = Cursor(limit=7, after=one.next)


def test_what_is_no_id_is_no_cursor(place: Place) -> None:
    with place.database.read() as db, pytest.raises(Invalid, match="after"):
        events.page(db, actor=BOSS, cursor=Cursor(after="nothing"))

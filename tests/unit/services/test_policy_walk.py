"""Whatever is done to a place, a syncing agent holds what the facts say, and decides as the API.

`LOQUET_SOAK=500` makes the walk so many actions long, `LOQUET_SEED` takes another one.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.domain.access import decide
from controller.domain.facts import Context, Holder
from controller.domain.ids import HolderKey
from controller.domain.presence import with_presence
from controller.services import courses, explain, facts_of, policy
from controller.services.errors import ServiceError
from controller.services.shapes import Label, NewCourse
from controller.store.models import CredentialRow, MemberRow
from controller.wire.rows import Row
from devices.agent import site_facts
from devices.agent.policy_store import PolicyStore, StoredRow
from tests.unit.services.conftest import BOSS, Place
from tests.unit.services.walk_actions import ACTIONS, Walk

LENGTH = int(os.environ.get("LOQUET_SOAK", "30"))
SEED = int(os.environ.get("LOQUET_SEED", "20261124"))
PAGE = 2_000
"""Bytes, so that a change of many rows takes several pages."""


@dataclass
class Agent:
    """An agent's copy of the policy, in the agent's own store."""

    store: PolicyStore
    path: Path

    def sync(self, db: Session) -> None:
        """Pull what has changed, page by page, and compare the head as an agent does."""
        head, position, after = policy.head(db, "here"), self.store.position, None
        self.store.begin_sync()
        while True:
            page = policy.rows_since(db, "here", position.version, after, PAGE)
            self.store.stage(map(_stored, page.rows))
            after = page.next
            if after is None:
                break
        self.store.finish_sync(head.epoch, head.version, snapshot=position.version == 0)
        here = self.store.position
        assert (here.version, here.holders, here.digest) == (
            head.version, head.holders, head.digest,
        )  # fmt: skip

    def holders(self, db: Session, member: str) -> list[Holder]:
        """The member's holder rows, as the agent looks them up."""
        keys = db.scalars(select(CredentialRow.holder_key).where(CredentialRow.member_id == member))
        lookup = site_facts.Holders(self.path)
        found = [lookup.get(HolderKey(key)) for key in keys]
        lookup.close()
        return [each for each in found if each is not None]


def _stored(row: Row) -> StoredRow:
    return StoredRow(row.table, row.key, row.version, None if row.removed else bytes(row.value))


def agrees(db: Session, agent: Agent, place: Place) -> None:
    """For every member and access point the agent's decision is the one that the API explains."""
    facts = site_facts.build(agent.store, "here", [each.id for each in facts_of.points(db, "here")])
    for member in db.scalars(select(MemberRow.id)):
        best = facts_of.best_holder(db, member, place.now)
        known = agent.holders(db, member)
        holder = next((each for each in known if each == best), None)
        assert holder == best
        for judged in explain.can_use(db, member, actor=BOSS, now=place.now):
            point = facts.points[judged.point.id]
            context = Context(
                assurance=holder.assurance if holder else None, clock_trusted=True,
                policy_age_s=0.0, windows=tuple(facts.windows.values()),
                bookings=facts.bookings.get(point.id, ()),
            )  # fmt: skip
            context = with_presence(context, point, facts.site)
            assert decide(holder, point, facts.site, place.now, context) == judged.decision


@pytest.mark.timeout(120 + 5 * LENGTH)
def test_after_any_actions_agent_and_api_agree(place: Place, tmp_path: Path) -> None:
    path = tmp_path / "policy.db"
    agent = Agent(PolicyStore.open(path), path)
    walk = Walk(place, Random(SEED))
    with place.database.write() as db:
        name = Label(fr="Cours")
        new = NewCourse(id="laser-course", name=name, grants=("laser",), requires=("rules",))
        courses.create(db, new, actor=BOSS, now=place.now)
        place.member(db)
    done = 0
    while done < LENGTH:
        action = walk.dice.choice(ACTIONS)
        try:
            with place.database.write() as db:
                action(walk, db)
            done += 1
            walk.log.append(action.__name__)
        except ServiceError as refusal:
            walk.log.append(f"{action.__name__}: {refusal}")
        with place.database.read() as db:
            agent.sync(db)
            assert policy.check_policy(db, place.now) == [], walk.log[-5:]
            agrees(db, agent, place)
    agent.store.close()
    assert len({each.partition(":")[0] for each in walk.log}) > 9

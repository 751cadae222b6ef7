"""Whatever is done at two sites, syncing agents hold what the facts say, and decide as the API.

`LOQUET_SOAK=500` makes the walk so many actions long, `LOQUET_SEED` takes another one.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller import policy
from controller.assembly import HOUSE
from controller.capabilities.access import explain
from controller.capabilities.access.explain import PointDecision
from controller.capabilities.accounts import accounts, tokens
from controller.capabilities.accounts.models import AccountRow
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.members.models import MemberRow
from controller.capabilities.training import certifications, courses
from controller.capabilities.training.models import Scope
from controller.capabilities.training.shapes import NewCertification, NewCourse
from controller.domain.access.counts import with_presence
from controller.domain.access.decide import decide
from controller.domain.facts import Context, Holder
from controller.domain.ids import AccessPointId, HolderKey
from controller.domain.time import Utc
from controller.kernel.actor import Role
from controller.kernel.errors import ServiceError
from controller.kernel.shapes import Label
from controller.live import Live
from controller.policy import facts_of
from controller.settings import Settings, SiteSettings, WebSettings
from controller.wire.rows import Row
from devices.agent.policy import site_facts
from devices.agent.policy.site_facts import SiteFacts
from devices.agent.policy.store import PolicyStore, StoredRow
from tests.capabilities import second_site
from tests.capabilities.conftest import BOSS, VAULT, Place
from tests.capabilities.second_site import THERE
from tests.policy.walk_actions import Walk
from tests.policy.walk_network import NETWORK_ACTIONS
from tests.support.applications import an_application
from webui.context import WebContext

LENGTH = int(os.environ.get("LOQUET_SOAK", "15"))
SEED = int(os.environ.get("LOQUET_SEED", "20261124"))
PAGE = 2_000
"""Bytes, so that a change of many rows takes several pages."""


@dataclass
class Agent:
    """An agent's copy of its site's policy, in the agent's own store."""

    site: str
    store: PolicyStore
    path: Path

    def sync(self, db: Session) -> None:
        """Pull what has changed, page by page, and compare the head as an agent does."""
        head, position, after = policy.head(db, self.site), self.store.position, None
        self.store.begin_sync()
        while True:
            page = policy.rows_since(db, self.site, position.version, after, PAGE)
            self.store.stage(map(_stored, page.rows))
            after = page.next
            if after is None:
                break
        self.store.finish_sync(head.epoch, head.version, snapshot=position.version == 0)
        here = self.store.position
        assert (here.version, here.holders, here.digest) == (
            head.version,
            head.holders,
            head.digest,
        )

    def holders(self, db: Session, member: str) -> list[Holder]:
        """The member's holder rows, as the agent looks them up."""
        keys = db.scalars(select(CredentialRow.holder_key).where(CredentialRow.member_id == member))
        lookup = site_facts.Holders(self.path)
        found = [lookup.get(HolderKey(key)) for key in keys]
        lookup.close()
        return [holder for holder in found if holder is not None]

    def facts(self, db: Session, now: Utc) -> SiteFacts:
        """What the agent judges by."""
        points = [point.id for point in facts_of.points(db, self.site, now)]
        return site_facts.build_facts(self.store, self.site, points)


def _stored(row: Row) -> StoredRow:
    return StoredRow(row.table, row.key, row.version, None if row.removed else bytes(row.value))


@dataclass
class Api:
    """The HTTP API in this process, asked by somebody who may see all members of both sites."""

    client: FlaskClient
    token: str

    def access(self, member: str, point: str) -> Any:
        """`GET members/{id}/access`."""
        answer = self.client.get(
            f"/api/v1/members/{member}/access?access_point={point}",
            headers={"Authorization": f"Bearer {self.token}"},
        )
        assert answer.status_code == 200, answer.text
        return answer.json


@pytest.fixture
def network(place: Place) -> Place:
    """Two sites, with a certification of the second's own and a course."""
    with place.database.write() as db:
        second_site.add(db, place.now)
        kiln = NewCertification(id="kiln", site_id=THERE, scope=Scope.SITE, name=Label(fr="Four"))
        certifications.create(db, kiln, actor=BOSS, now=place.now)
        new = NewCourse(
            id="laser-course",
            site_id="here",
            name=Label(fr="Cours"),
            grants=("laser",),
            requires=("rules",),
        )
        courses.create(db, new, actor=BOSS, now=place.now)
        place.member(db)
    return place


@pytest.fixture
def api(network: Place) -> Api:
    both = dict.fromkeys(("here", THERE), frozenset({Role.ADMIN}))
    with network.database.write() as db:
        accounts.create(
            db, login="admin", password="correct horse", roles=both, actor=BOSS, now=network.now
        )
        account = db.scalars(select(AccountRow.id).where(AccountRow.login == "admin")).one()
        scopes = frozenset(HOUSE.permissions)
        _, token = tokens.add(db, account, "walk", scopes, network.now, BOSS, per_minute=60_000)
    site = SiteSettings(id="here", name="Ici")
    settings = Settings(site=site, web=WebSettings(public_url="http://127.0.0.1:8000"))
    app = an_application(
        WebContext(
            settings=settings,
            database=network.database,
            live=Live("embedded"),
            secret="s" * 40,
            credential_keys={"here": VAULT.credential_key},
            own_key=b"w" * 32,
            clock=network.clock,
        )
    )
    return Api(app.test_client(), token)


@pytest.fixture
def agents(tmp_path: Path) -> Iterator[list[Agent]]:
    made = []
    for site in ("here", THERE):
        path = tmp_path / f"{site}.db"
        made.append(Agent(site, PolicyStore.open(path), path))
    yield made
    for agent in made:
        agent.store.close()


def agrees(db: Session, agent: Agent, api: Api, place: Place) -> int:
    """For every member and access point the agent decides what the API explains; how many."""
    facts, count = agent.facts(db, place.now), 0
    for member in db.scalars(select(MemberRow.id)):
        best = facts_of.best_holder(db, member, agent.site, place.now)
        known = agent.holders(db, member)
        assert best is None or best in known
        assert (best is None) == (not known)
        for point in facts.points.values():
            told = api.access(member, point.id)
            del told["next_course_session"]  # that one to enrol in, which no agent needs to know
            said = explain.shape(db, judge(best, point.id, facts, place))
            assert told | {"next_course_session": None} == json.loads(msgspec.json.encode(said))
            count += 1
    return count


def judge(
    holder: Holder | None, key: AccessPointId, facts: SiteFacts, place: Place
) -> PointDecision:
    """The agent's decision on its own facts: a tap that proves what the badge can."""
    point, context = facts.points[key], Context()
    if holder is not None:
        context = Context(
            assurance=holder.assurance,
            clock_trusted=True,
            policy_age_s=0.0,
            windows=tuple(facts.windows.values()),
            bookings=facts.bookings.get(key, ()),
        )
        context = with_presence(context, point, facts.site)
    decision = decide(holder, point, facts.site, place.now, context)
    return PointDecision(point=point, decision=decision, site=facts.site)


@pytest.mark.system
@pytest.mark.timeout(1800 + 10 * LENGTH)
def test_after_any_actions_agents_and_api_agree(
    network: Place, api: Api, agents: list[Agent]
) -> None:
    walk, done, compared = Walk(network, Random(SEED)), 0, 0
    while done < LENGTH:
        action = walk.dice.choice(NETWORK_ACTIONS)
        try:
            with network.database.write() as db:
                action(walk, db)
            done += 1
            walk.log.append(action.__name__)
        except ServiceError as refusal:
            walk.log.append(f"{action.__name__}: {refusal}")
            continue
        with network.database.read() as db:
            for agent in agents:
                agent.sync(db)
            assert policy.check_policy(db, network.now) == [], walk.log[-5:]
            compared += sum(agrees(db, agent, api, network) for agent in agents)
    names = {name.partition(":")[0] for name in walk.log}
    print(
        f"{done} actions of {len(names)} kinds, {len(walk.log) - done} refused; "
        f"{compared} decisions compared with the API"
    )
    assert len(names) > 9
    assert compared >= 4 * done

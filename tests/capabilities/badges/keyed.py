"""What tests of a site's keys share: somebody with a badge, what a site's agents have (0196)."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.agents.models import AgentRow, AgentState
from controller.capabilities.badges import badges, credentials, site_keys
from controller.capabilities.badges.shapes import NewCredential
from controller.capabilities.machines import site_key_change
from controller.capabilities.machines.models import CommandRow
from controller.capabilities.members import members
from controller.domain.time import Utc
from controller.kernel.database import Database
from controller.policy import check_policy
from controller.policy.models import PolicyRow
from controller.wire.rows import CardRow
from controller.wire.values import decode_value
from tests.capabilities.conftest import BOSS, VAULT, Place

NUMBER, THERE = badges.parse_number("uid:04A1B2C3D4E5F6"), "lille"
DOOR_KEY = bytes(range(16))


def member_with_badge(web: Database, place: Place, *also_at: str, value: str = NUMBER) -> str:
    """Known here and there, with this badge."""
    with web.write() as db:
        person = place.member(db)
        new = NewCredential(member_id=person.id, value=value)
        credentials.create(db, new, vault=VAULT, actor=BOSS, now=place.now)
    also(web, person.id, *also_at)
    return person.id


def also(web: Database, member_id: str, *sites: str) -> None:
    """Have these sites know her too, and no others."""
    with web.write() as db:
        version = members.get(db, member_id, actor=BOSS).version
        now = Utc.parse("2026-11-24T10:00:00.000Z")
        patch = {"also_at": list(sites)}
        members.change(db, member_id, patch, version=version, actor=BOSS, now=now)


def holders(web: Database, site: str) -> set[str]:
    """The keys of the holders that the site's agents have."""
    with web.read() as db:
        found = select(PolicyRow.key).where(
            PolicyRow.site_id == site, PolicyRow.table == "holder", PolicyRow.value.is_not(None)
        )
        return set(db.scalars(found))


def key_of(web: Database, site: str) -> site_keys.SiteKey:
    """What an agent of the site is given."""
    with web.read() as db:
        return site_keys.for_agents(db, site, VAULT)


def in_step(web: Database, place: Place) -> bool:
    """Whether the policy is what the facts say."""
    with web.read() as db:
        return not check_policy(db, place.now)


def begin(web: Database, place: Place, site: str = "here") -> None:
    site_key_change.begin(web.write, site, VAULT, actor=BOSS, now=place.now)


class OnePlace:
    """What a job works with, without its lease."""

    def __init__(self, web: Database, now: Utc) -> None:
        self.web, self.now, self.site = web, now, "here"

    def read(self) -> AbstractContextManager[Session]:
        return self.web.read()

    @contextmanager
    def write(self) -> Iterator[Session]:
        with self.web.write() as db:
            yield db


def look(database: Database, now: Utc) -> None:
    site_key_change.run_key_change(OnePlace(database, now))  # type: ignore[arg-type]


def card(web: Database, site: str, key: str) -> CardRow:
    with web.read() as db:
        value = db.scalars(
            select(PolicyRow.value).where(
                PolicyRow.site_id == site, PolicyRow.table == "card", PolicyRow.key == key
            )
        ).one()
    found = decode_value("card", value or b"").value
    assert isinstance(found, CardRow)
    return found


def agent(db: Session, place: Place, name: str, generation: int | None, *, online: bool) -> None:
    db.add(AgentRow(id=name, site_id="here", name={}, created_at=place.now, enrolled_at=place.now))
    db.flush()
    boot = "019c1111-2222-7333-8444-666666666666"
    state = AgentState(agent_id=name, online=online, boot_id=boot, connection=1, protocols=[])
    state.epoch = 1
    state.policy_version, state.key_generation, state.seen_at = 0, generation, place.now
    db.add(state)


def takes(web: Database, name: str, generation: int, now: Utc) -> None:
    """That agent says that it has this one."""
    with web.write() as db:
        state = db.get_one(AgentState, name)
        state.key_generation, state.key_since = generation, now


def asked(web: Database) -> list[str]:
    with web.read() as db:
        found = select(CommandRow.agent_id).where(CommandRow.type == "renew")
        return sorted(db.scalars(found))

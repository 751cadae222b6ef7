"""A key for each site: what its agents are told, and what a stolen one's tells of others (0196)."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from controller.capabilities.agents import claims
from controller.capabilities.agents.models import AgentRow, AgentState
from controller.capabilities.badges import badges, credentials, known_as, returned, site_keys
from controller.capabilities.badges.models import CredentialAt, CredentialRow, SiteKeyRow
from controller.capabilities.badges.shapes import NewCredential
from controller.capabilities.badges.vault import Vault, VaultError
from controller.capabilities.machines import site_key_change
from controller.capabilities.machines.models import CommandRow
from controller.capabilities.members import members
from controller.capabilities.members.models import MemberRow
from controller.capabilities.places import sites
from controller.capabilities.places.shapes import NewSite
from controller.capabilities.privacy.erasure.person import person_of
from controller.domain.facts import Assurance, CardKind
from controller.domain.ids import HolderKey
from controller.domain.time import Utc
from controller.kernel.database import Database
from controller.kernel.errors import Conflict, NotFound
from controller.kernel.shapes import Label
from controller.policy import check_policy, touch
from controller.policy.models import PolicyRow, PolicySite
from controller.wire.card_wrapping import WrapBroken, unwrap_door_key, wrap_door_key
from controller.wire.keys import holder_key
from controller.wire.rows import CardRow
from controller.wire.values import decode_value
from tests.capabilities.conftest import BOSS, VAULT, Place
from tests.support.until import WAIT_S, until

NUMBER, THERE = badges.number("uid:04A1B2C3D4E5F6"), "lille"
DOOR_KEY = bytes(range(16))


@pytest.fixture
def web(place: Place) -> Database:
    """The place's database as a process has it that has the keys."""
    given = place.database
    return Database(given.engine, clock=place.clock, house=given.house, vault=VAULT)


@pytest.fixture
def lille(web: Database, place: Place) -> str:
    """Another site, made where the keys are."""
    with web.write() as db:
        sites.create(db, NewSite(id=THERE, name=Label(fr="Lille")), actor=BOSS, now=place.now)
    return THERE


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
    site_key_change.look(OnePlace(database, now))  # type: ignore[arg-type]


def test_a_site_of_before_keeps_what_its_agents_know(place: Place, web: Database) -> None:
    member_with_badge(web, place)
    assert holders(web, "here") == {VAULT.holder_key(NUMBER)}
    assert key_of(web, "here") == site_keys.SiteKey(1, VAULT.credential_key)


def test_a_new_site_has_a_key_of_its_own_at_once(place: Place, web: Database, lille: str) -> None:
    member_with_badge(web, place, lille)
    key = key_of(web, lille)
    assert key.key != VAULT.credential_key
    assert holders(web, lille) == {holder_key(key.key, NUMBER)}
    assert holders(web, "here") == {VAULT.holder_key(NUMBER)}
    assert in_step(web, place)


def test_a_stolen_agents_key_finds_nobody_whom_only_another_site_knows(
    place: Place, web: Database, lille: str
) -> None:
    """Not in all of the database: neither in the policy, nor beside it."""
    member_with_badge(web, place)
    stolen = key_of(web, lille).name(NUMBER)
    with web.read() as db:
        assert db.scalar(select(func.count()).where(PolicyRow.key == stolen)) == 0
        assert db.scalar(select(func.count()).where(CredentialAt.theirs == stolen)) == 0
        row = db.scalars(select(SiteKeyRow)).one()
        for theirs in (VAULT.credential_key, bytes(32)):
            with pytest.raises(VaultError):
                site_keys.opened(row, Vault(VAULT.credential_key, theirs))
    assert key_of(web, lille).key.hex() not in repr(key_of(web, lille))


def test_whoever_is_not_known_there_any_more_is_gone_there(
    place: Place, web: Database, lille: str
) -> None:
    member = member_with_badge(web, place, lille)
    also(web, member)
    assert (holders(web, lille), holders(web, "here")) == (set(), {VAULT.holder_key(NUMBER)})
    also(web, member, lille)
    assert holders(web, lille) == {key_of(web, lille).name(NUMBER)}
    assert in_step(web, place)


def test_a_badge_that_is_taken_away_is_gone_everywhere_and_so_are_its_names(
    place: Place, web: Database, lille: str
) -> None:
    member_with_badge(web, place, lille)
    with web.write() as db:
        badge = db.scalars(select(CredentialRow)).one()
        credentials.give_back(db, badge.id, actor=BOSS, now=place.now)
    assert holders(web, lille) == holders(web, "here") == set()
    with web.read() as db:
        assert db.scalar(select(func.count()).select_from(CredentialAt)) == 0
    assert in_step(web, place)


def test_a_badge_that_is_given_anew_in_one_go_is_known(
    place: Place, web: Database, lille: str
) -> None:
    member = member_with_badge(web, place, lille)
    with web.write() as db:
        badge = db.scalars(select(CredentialRow)).one()
        credentials.give_back(db, badge.id, actor=BOSS, now=place.now)
        new = NewCredential(member_id=member, value=NUMBER)
        credentials.create(db, new, vault=VAULT, actor=BOSS, now=place.now)
    assert holders(web, lille) == {key_of(web, lille).name(NUMBER)}
    assert in_step(web, place)


def test_a_process_without_the_keys_changes_what_is_known_and_adds_nobody(
    place: Place, web: Database, lille: str
) -> None:
    """A hub on another computer: who is suspended is refused there; a new badge waits."""
    member = member_with_badge(web, place, lille)
    key = key_of(web, lille).name(NUMBER)
    with place.database.write() as db:
        badge = db.scalars(select(CredentialRow)).one()
        credentials.suspend(db, badge.id, actor=BOSS, now=place.now)
        new = NewCredential(member_id=member, value="uid:04FFFFFFFFFFFF")
        credentials.create(db, new, vault=VAULT, actor=BOSS, now=place.now)
    assert holders(web, lille) == {key}
    with web.read() as db:
        value = db.scalars(
            select(PolicyRow.value).where(PolicyRow.key == key, PolicyRow.site_id == lille)
        ).one()
    assert b"suspended" in (value or b"")


def test_a_cards_key_is_wrapped_for_each_site(place: Place, web: Database, lille: str) -> None:
    member_with_badge(web, place, lille)
    ours = VAULT.holder_key(NUMBER)
    wrapped = wrap_door_key(VAULT.credential_key, ours, DOOR_KEY)
    with web.write() as db:
        known_as.wrap_ahead(db, ours, wrapped, VAULT)
    with place.database.write() as db:  # in a hub, which has no keys
        row = db.scalars(select(CredentialRow)).one()
        row.card_kind, row.card_level, row.card_key = CardKind.NTAG424, Assurance.AES, wrapped
    key = key_of(web, lille)
    found = card(web, lille, key.name(NUMBER))
    assert unwrap_door_key(key.key, key.name(NUMBER), found.key) == DOOR_KEY
    with pytest.raises(WrapBroken):
        unwrap_door_key(VAULT.credential_key, ours, found.key)
    assert card(web, "here", ours).key == wrapped
    assert in_step(web, place)


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


def test_a_badge_taken_over_from_a_reader_is_found_by_its_number(
    place: Place, web: Database, lille: str
) -> None:
    told = HolderKey(key_of(web, lille).name(NUMBER))
    with web.write() as db:
        person = place.member(db)
        made = credentials.create_by_key(db, person.id, told, lille, actor=BOSS, now=place.now)
    also(web, person.id, lille)
    assert told in holders(web, lille)
    with web.write() as db:
        found = credentials.find(db, NUMBER, vault=VAULT, actor=BOSS)
        assert found is not None
        assert found.id == made.id
        other = NewCredential(member_id=place.member(db, "Other").id, value=NUMBER)
        with pytest.raises(Conflict, match="already given"):
            credentials.create(db, other, vault=VAULT, actor=BOSS, now=place.now)
    with web.write() as db:
        assert known_as.house_key(db, lille, told) == told


def test_a_known_badge_is_not_taken_over_under_its_sites_name(
    place: Place, web: Database, lille: str
) -> None:
    member = member_with_badge(web, place, lille)
    told = key_of(web, lille).name(NUMBER)
    with web.write() as db, pytest.raises(Conflict, match="already given"):
        credentials.create_by_key(db, member, told, lille, actor=BOSS, now=place.now)


def test_an_erasure_knows_every_name(place: Place, web: Database, lille: str) -> None:
    member = member_with_badge(web, place, lille)
    with web.read() as db:
        person = person_of(db, db.get_one(MemberRow, member))
    assert set(person.holder_keys) == {VAULT.holder_key(NUMBER), key_of(web, lille).name(NUMBER)}


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


def test_both_keys_count_until_every_agent_has_the_newer_one(place: Place, web: Database) -> None:
    member_with_badge(web, place)
    old = VAULT.holder_key(NUMBER)
    with web.write() as db:
        agent(db, place, "box", 1, online=True)
        agent(db, place, "asleep", None, online=False)
    begin(web, place)
    new = key_of(web, "here").name(NUMBER)
    newest = key_of(web, "here").generation
    assert newest == place.now.millis() // 60_000
    assert holders(web, "here") == {old, new}
    assert asked(web) == ["box"]
    with pytest.raises(Conflict, match="not every box"):
        begin(web, place)
    look(place.database, place.now)
    assert asked(web) == ["box"], "not again within ten minutes"
    now = place.clock.forward(days=1, minutes=1)
    takes(web, "box", newest, now)
    look(place.database, now)
    assert holders(web, "here") == {old, new}, "one still lacks it"
    takes(web, "asleep", newest, now)
    look(place.database, now)
    assert holders(web, "here") == {old, new}, "who began there under the older one is at work"
    now = place.clock.forward(days=1, minutes=1)
    look(place.database, now)
    assert holders(web, "here") == {new}
    assert in_step(web, place)
    with web.read() as db:
        found = site_key_change.standing(db, "here", now)
    assert (found.generation, found.older, found.lack) == (newest, None, ())


def test_an_older_key_counts_a_day_at_least(place: Place, web: Database) -> None:
    """Who is on a machine under it has ended by then."""
    member_with_badge(web, place)
    begin(web, place)
    look(place.database, Utc.of(place.now + timedelta(hours=23)))
    assert len(holders(web, "here")) == 2
    look(place.database, Utc.of(place.now + timedelta(hours=25)))
    assert holders(web, "here") == {key_of(web, "here").name(NUMBER)}


def test_an_older_key_is_ended_by_hand_whoever_lacks_the_newer(place: Place, web: Database) -> None:
    member_with_badge(web, place)
    with web.write() as db:
        with pytest.raises(Conflict, match="no older key"):
            site_key_change.end(db, "here", actor=BOSS, now=place.now)
        agent(db, place, "stolen", 1, online=False)
    begin(web, place)
    with web.write() as db:
        site_key_change.end(db, "here", actor=BOSS, now=place.now)
    look(place.database, place.now)
    assert holders(web, "here") == {key_of(web, "here").name(NUMBER)}
    before = key_of(web, "here").generation
    begin(web, place)
    assert len(holders(web, "here")) == 2, "the next one"
    assert key_of(web, "here").generation == before + 1


def test_a_beginning_that_was_cut_off_goes_on(place: Place, web: Database) -> None:
    """Nobody is given the key before the policy has all rows under it."""
    member_with_badge(web, place)
    with web.write() as db:
        newest = site_keys.begin(db, "here", VAULT, place.now).generation
    assert key_of(web, "here").generation == 1
    begin(web, place)
    with web.read() as db:
        assert [row.generation for row in site_keys.generations(db, "here")] == [newest, 1]
    assert key_of(web, "here").generation == newest


def test_a_badge_of_unknown_number_goes_on_under_its_name(place: Place, web: Database) -> None:
    """An agent keeps the key before its newest for it."""
    told = HolderKey("N" * 43)
    with web.write() as db:
        person = place.member(db)
        credentials.create_by_key(db, person.id, told, "here", actor=BOSS, now=place.now)
    begin(web, place)
    with web.write() as db:
        site_key_change.end(db, "here", actor=BOSS, now=place.now)
    look(place.database, place.now)
    assert holders(web, "here") == {told}
    with web.read() as db:
        assert site_key_change.standing(db, "here", place.now).unread == 1


def test_who_lacks_the_newer_key_is_given_it_with_a_renewal(place: Place, web: Database) -> None:
    with web.write() as db:
        agent(db, place, "box", 1, online=True)
        assert claims.key_held(db, "box", "here", VAULT).generation == 1
    begin(web, place)
    with web.write() as db:
        held = claims.key_held(db, "box", "here", VAULT)
        assert (held.generation, held.key) == (1, VAULT.credential_key)
        newest = site_keys.for_agents(db, "here", VAULT).generation
        db.get_one(AgentState, "box").key_generation = newest
        assert claims.key_held(db, "box", "here", VAULT).generation == newest


def test_a_generation_that_a_restored_database_has_forgotten_is_not_given_again(
    place: Place, web: Database
) -> None:
    """An agent that holds it would pass for holding the other one."""
    begin(web, place)
    forgotten = key_of(web, "here")
    with web.write() as db:
        db.execute(delete(SiteKeyRow))
        db.execute(delete(CredentialAt))
        agent(db, place, "box", forgotten.generation, online=True)
    place.clock.forward(minutes=1)
    begin(web, place)
    assert key_of(web, "here").generation > forgotten.generation
    with web.read() as db:
        assert site_key_change.standing(db, "here", place.now).lack == ("box",)


def test_names_come_back_where_they_were_lost(place: Place, web: Database, lille: str) -> None:
    member = member_with_badge(web, place, lille)
    with web.write() as db:
        db.execute(delete(CredentialAt))
    also(web, member)
    also(web, member, lille)
    assert key_of(web, lille).name(NUMBER) in holders(web, lille)


def test_a_badge_of_whom_the_site_does_not_know_is_not_taken_over(
    place: Place, web: Database, lille: str
) -> None:
    """A reader tells a name that stands nowhere yet: whose badge it is, its number says."""
    member_with_badge(web, place)
    told = key_of(web, lille).name(NUMBER)
    with web.write() as db, pytest.raises(Conflict, match="already given"):
        credentials.create_by_key(
            db, place.member(db, "Other").id, told, lille, actor=BOSS, now=place.now
        )


def test_where_nobody_could_try_the_numbers_the_first_keeps_the_name(
    place: Place, web: Database, lille: str
) -> None:
    """Two badges under one name: whoever is touched last does not become the other."""
    first = member_with_badge(web, place)
    told = key_of(web, lille).name(NUMBER)
    with place.database.write() as db:  # a computer without the keys
        other = place.member(db, "Other")
        credentials.create_by_key(db, other.id, told, lille, actor=BOSS, now=place.now)
    also(web, other.id, lille)
    also(web, first, lille)
    with web.read() as db:
        assert known_as.house_key(db, lille, told) == told
        assert db.scalar(select(func.count()).select_from(CredentialAt)) == 0
    assert in_step(web, place)


def test_what_was_given_back_is_not_taken_back_when_a_reader_gave_it_to_another(
    place: Place, web: Database, lille: str
) -> None:
    member = member_with_badge(web, place, lille)
    told = key_of(web, lille).name(NUMBER)
    with web.write() as db:
        badge = db.scalars(select(CredentialRow)).one()
        receipt = returned.give_back(db, badge.id, vault=VAULT, actor=BOSS, now=place.now)
    with web.write() as db:
        other = place.member(db, "Other")
        credentials.create_by_key(db, other.id, told, lille, actor=BOSS, now=place.now)
    with web.write() as db, pytest.raises(Conflict, match="already given"):
        returned.not_back(db, receipt, member, vault=VAULT, actor=BOSS, now=place.now)


def test_whoever_comes_back_without_the_newest_is_asked_also_after_the_change(
    place: Place, web: Database
) -> None:
    """So is a box whose key a restored database has forgotten; not one that can't say."""
    member_with_badge(web, place)
    begin(web, place)
    with web.write() as db:
        site_key_change.end(db, "here", actor=BOSS, now=place.now)
        newest = site_keys.for_agents(db, "here", VAULT).generation
    look(place.database, place.now)
    with web.write() as db:
        agent(db, place, "back", 1, online=True)
        agent(db, place, "forgotten", newest + 1000, online=True)
        agent(db, place, "old-program", None, online=True)
        agent(db, place, "fine", newest, online=True)
    look(place.database, place.now)
    assert asked(web) == ["back", "forgotten"]


def test_a_second_change_does_not_lose_badges_of_unknown_number_unsaid(
    place: Place, web: Database
) -> None:
    told = HolderKey("N" * 43)
    with web.write() as db:
        person = place.member(db)
        credentials.create_by_key(db, person.id, told, "here", actor=BOSS, now=place.now)
    begin(web, place)
    with web.write() as db:
        site_key_change.end(db, "here", actor=BOSS, now=place.now)
    with pytest.raises(Conflict, match="1; no box would know them"):
        begin(web, place)
    site_key_change.begin(web.write, "here", VAULT, anyway=True, actor=BOSS, now=place.now)
    with pytest.raises(NotFound):
        begin(web, place, "nowhere")


def test_a_card_that_is_given_keys_during_a_change_proves_itself_after_it(
    place: Place, web: Database
) -> None:
    """Told by a hub without the keys, which can wrap nothing itself."""
    member_with_badge(web, place)
    ours = VAULT.holder_key(NUMBER)
    wrapped = wrap_door_key(VAULT.credential_key, ours, DOOR_KEY)
    with web.write() as db:
        db.scalars(select(CredentialRow)).one().card_next = {"key": wrapped}
    begin(web, place)
    with place.database.write() as db:
        row = db.scalars(select(CredentialRow)).one()
        row.card_kind, row.card_level, row.card_key = CardKind.NTAG424, Assurance.AES, wrapped
    key = key_of(web, "here")
    name = key.name(NUMBER)
    assert unwrap_door_key(key.key, name, card(web, "here", name).key) == DOOR_KEY
    other = wrap_door_key(VAULT.credential_key, ours, bytes(16))
    with place.database.write() as db:
        db.scalars(select(CredentialRow)).one().card_key = other
    with web.read() as db:
        found = select(PolicyRow.value).where(PolicyRow.table == "card", PolicyRow.key == name)
        assert db.scalars(found).one() is None, "none of before: its proof would fail"


def while_locked(place: Place, web: Database, work: Callable[[], object]) -> None:
    """Do it in another thread, which waits for the site's policy; meanwhile it is compiled.

    The other has read all that it reads without the lock when it waits (PostgreSQL alone).
    """
    thread = threading.Thread(target=work)
    with web.write() as db:
        member = db.scalars(select(MemberRow.id)).one()
        touch(db, "member", [member], "here")
        counter = select(PolicySite).where(PolicySite.site_id == "here").with_for_update()
        db.scalars(counter).one()
        thread.start()
        if place.database.engine.dialect.name == "postgresql":
            until(lambda: waits_for_a_lock(place), "nobody waits")
    thread.join(WAIT_S)


def waits_for_a_lock(place: Place) -> bool:
    with place.database.engine.connect() as db:
        waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(db.scalar(waiting))


def test_a_badge_given_back_while_its_member_gets_a_newer_name_opens_nothing(
    place: Place, web: Database
) -> None:
    member_with_badge(web, place)
    with web.write() as db:
        site_keys.begin(db, "here", VAULT, place.now)

    def give_back() -> None:
        with web.write() as db:
            badge = db.scalars(select(CredentialRow)).one()
            credentials.give_back(db, badge.id, actor=BOSS, now=place.now)

    while_locked(place, web, give_back)
    assert holders(web, "here") == set()
    assert in_step(web, place)
    with web.read() as db:
        assert db.scalar(select(func.count()).select_from(CredentialAt)) == 0


def test_a_badge_made_while_a_change_begins_has_the_newer_name(place: Place, web: Database) -> None:
    with web.write() as db:
        place.member(db)
    while_locked(place, web, lambda: member_with_badge(web, place))
    begin(web, place)
    assert key_of(web, "here").name(NUMBER) in holders(web, "here")
    assert in_step(web, place)

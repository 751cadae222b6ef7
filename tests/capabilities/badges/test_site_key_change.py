"""A site goes from one key to the next: nobody is lost, and nobody let in, in between (0196)."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select, text

from controller.capabilities.agents import claims
from controller.capabilities.agents.models import AgentState
from controller.capabilities.badges import credentials, site_keys
from controller.capabilities.badges.models import CredentialAt, CredentialRow, SiteKeyRow
from controller.capabilities.machines import site_key_change
from controller.capabilities.members.models import MemberRow
from controller.domain.facts import Assurance, CardKind
from controller.domain.ids import HolderKey
from controller.domain.time import Utc
from controller.kernel.database import Database
from controller.kernel.errors import Conflict, NotFound
from controller.policy import invalidate
from controller.policy.models import PolicyRow, PolicySite
from controller.wire.card_wrapping import unwrap_door_key, wrap_door_key
from tests.capabilities.badges.keyed import (
    DOOR_KEY,
    NUMBER,
    agent,
    asked,
    begin,
    card,
    holders,
    in_step,
    key_of,
    look,
    member_with_badge,
    takes,
)
from tests.capabilities.conftest import BOSS, VAULT, Place
from tests.support.until import WAIT_S, until


def while_locked(place: Place, web: Database, work: Callable[[], object]) -> None:
    """Do it in another thread, which waits for the site's policy; meanwhile it is compiled.

    The other has read all that it reads without the lock when it waits (PostgreSQL alone).
    """
    thread = threading.Thread(target=work)
    with web.write() as db:
        member = db.scalars(select(MemberRow.id)).one()
        invalidate(db, "member", [member], "here")
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
    with pytest.raises(Conflict, match="some boxes lack"):
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
        found = site_key_change.key_change_progress(db, "here", now)
    assert (found.generation, found.older, found.boxes_without_key) == (newest, None, ())


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
        assert site_key_change.count_badges_without_number(db, "here") == 1


def test_who_lacks_the_newer_key_is_given_it_with_a_renewal(place: Place, web: Database) -> None:
    with web.write() as db:
        agent(db, place, "box", 1, online=True)
        assert claims.site_key_of_agent(db, "box", "here", VAULT).generation == 1
    begin(web, place)
    with web.write() as db:
        held = claims.site_key_of_agent(db, "box", "here", VAULT)
        assert (held.generation, held.key) == (1, VAULT.credential_key)
        newest = site_keys.for_agents(db, "here", VAULT).generation
        db.get_one(AgentState, "box").key_generation = newest
        assert claims.site_key_of_agent(db, "box", "here", VAULT).generation == newest


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
        assert site_key_change.key_change_progress(db, "here", place.now).boxes_without_key == (
            "box",
        )


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
    with pytest.raises(Conflict, match="1; boxes would not recognise them"):
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


def test_a_badge_given_back_while_its_member_gets_a_newer_name_opens_nothing(
    place: Place, web: Database
) -> None:
    member_with_badge(web, place)
    with web.write() as db:
        site_keys.begin(db, "here", VAULT, place.now)

    def give_back() -> None:
        with web.write() as db:
            badge = db.scalars(select(CredentialRow)).one()
            credentials.return_badge(db, badge.id, actor=BOSS, now=place.now)

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

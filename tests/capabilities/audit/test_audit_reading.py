"""The audit as people read it: filtered and paged by its numbers, its chain read again."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from controller.capabilities.accounts.models import AccountRow
from controller.capabilities.alarms.models import Alarm
from controller.capabilities.audit import chain_check, reading
from controller.capabilities.audit.action_labels import ActionGroup, action_label
from controller.capabilities.audit.reading import Filter
from controller.capabilities.billing.kinds import EntryKind
from controller.capabilities.billing.models import MoneyEntry
from controller.capabilities.live import plan
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.members.models import MemberRow
from controller.domain.facts import Name
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Role
from controller.kernel.audit import START
from controller.kernel.errors import Forbidden
from controller.policy.reading import from_json
from controller.wire.ids import uuid7
from tests.capabilities.audit_helpers import protect_nothing
from tests.capabilities.conftest import BOSS, Place


def write(place: Place, actor: Actor, action: str, subject: str) -> None:
    with place.database.write() as db:
        audit.record(db, actor, place.now, action, subject, place.site, reason="revu ensemble")


def read_again(place: Place) -> int | None:
    with place.database.read() as db:
        after = chain_check.check_start(db, place.now)
        found = audit.check(db, after)
    with place.database.write() as db:
        chain_check.record_check(db, found, after, actor=BOSS, now=place.now)
    return found[0]


def test_filters_agree_with_what_was_done_and_pages_follow_each_other(place: Place) -> None:
    with place.database.write() as db:
        amina = place.member(db)
        dpo = place.account(db, "dpo", Role.DPO)
        karim = place.account(db, "karim", Role.MANAGER)
    member = f"member:{amina.id}"
    start = place.clock.forward(hours=1)
    write(place, karim, "certification_granted", member)
    write(place, karim, "credential_lost", member)
    place.clock.forward(days=1)
    write(place, BOSS, "out_of_service", "access_point:laser-1")
    with place.database.read() as db:

        def acts(**fields: object) -> list[str]:
            chosen = Filter(since=start, **fields)  # type: ignore[arg-type]
            return [entry.entry.action for entry in reading.page(db, chosen, actor=dpo)[0]]

        assert acts() == ["out_of_service", "credential_lost", "certification_granted"]
        assert acts(actor=karim.ref) == ["credential_lost", "certification_granted"]
        assert acts(group=ActionGroup.BADGES) == ["credential_lost"]
        assert acts(kind="access_point") == ["out_of_service"]
        assert acts(kind="certification") == ["certification_granted"], "filed under the member"
        assert acts(kind="credential") == ["credential_lost"]
        assert acts(until=Utc.of(start + timedelta(hours=1)), kind="access_point") == []
        told, before = reading.page(db, Filter(since=start), actor=dpo, limit=2)
        rest, end = reading.page(db, Filter(since=start, before=before), actor=dpo, limit=2)
        assert [entry.entry.action for entry in told + rest] == acts()
        assert end is None
        assert (told[1].actor_name, told[1].subject_name) == ("karim", "Amina Diallo")
        assert told[0].subject_label is not None
        assert [name for _, name in reading.actors(db, place.site, actor=dpo)] == ["dpo", "karim"]
        with pytest.raises(Forbidden):
            reading.page(db, Filter(), actor=karim)


def test_a_name_has_its_login_only_if_several_accounts_have_it(place: Place) -> None:
    with place.database.write() as db:
        dpo = place.account(db, "dpo", Role.DPO)
        amina, other = place.member(db), place.member(db)
        for login, member in (("amina@example.org", amina), ("other@example.org", other)):
            place.account(db, login, Role.MANAGER)
            row = db.scalars(select(AccountRow).where(AccountRow.login == login)).one()
            row.member_id = member.id

    def names() -> list[str]:
        with place.database.read() as db:
            return [name for _, name in reading.actors(db, place.site, actor=dpo)]

    assert names() == [
        *("Amina Diallo (amina@example.org)", "dpo", "Amina Diallo (other@example.org)")
    ]
    with place.database.write() as db:
        db.get_one(MemberRow, other.id).display_name = "Zoé Petit"
    assert names() == ["Amina Diallo", "dpo", "Zoé Petit"]


def test_publishing_the_plan_is_no_change_of_a_subscription(place: Place) -> None:
    with place.database.write() as db:
        plan.save_draft(db, place.site, {}, draft_at=None, actor=BOSS, now=place.now)
        plan.publish(db, place.site, draft_at=place.now, actor=BOSS, now=place.now)
    with place.database.read() as db:
        (told, *_rest), _next = reading.page(db, Filter(group=ActionGroup.RULES), actor=BOSS)
    assert action_label(told.entry.action) == "published the site’s plan"


def test_what_an_alarm_and_an_entry_are_about_is_named(place: Place) -> None:
    alarm, entry = f"alarm:{uuid7()}", f"money_entry:{uuid7()}"
    here = {"site_id": place.site, "kind": "door_held", "detail": {}}
    sold = {"at": place.now, "article": "pla", "quantity": 1, "by": BOSS.ref}
    with place.database.write() as db:
        ada = place.member(db, "Ada Lovelace").id
        (point, name), *_rest = db.execute(select(AccessPointRow.id, AccessPointRow.name))
        key = alarm.partition(":")[2]
        db.add(Alarm(id=key, key=key, access_point_id=point, raised_at=place.now, **here))
        key, kind = entry.partition(":")[2], EntryKind.ARTICLE
        db.add(MoneyEntry(id=key, site_id=place.site, kind=kind, member_id=ada, **sold))
    with place.database.read() as db:
        found = reading.names_by_reference(db, (alarm, entry, f"alarm:{uuid7()}"))
    assert found == {alarm: from_json(name, Name), entry: Name(fr="Ada Lovelace")}


def test_the_chain_is_read_from_where_it_held_and_a_change_is_found(place: Place) -> None:
    with place.database.read() as db:
        assert chain_check.chain_state(db).checked_at is None
    assert read_again(place) is None
    with place.database.read() as db:
        first = chain_check.chain_state(db)
        assert first.unchecked == 0
    write(place, BOSS, "credential_lost", "member:x")
    with place.database.read() as db:
        assert chain_check.chain_state(db).unchecked == 1
        after = chain_check.check_start(db, place.now)
        assert after.seq == first.intact_until
    assert read_again(place) is None
    with place.database.engine.begin() as connection:
        change = f"UPDATE audit SET actor = 'account:other' WHERE seq = {first.intact_until + 1}"  # noqa: S608
        for statement in [*protect_nothing(place), change]:
            connection.execute(text(statement))
    with place.database.read() as db:
        assert audit.check(db, after)[0] == first.intact_until + 1
        later = Utc.of(place.now + timedelta(days=2))
        assert chain_check.check_start(db, later) == START, "all of it, once a day"
    assert read_again(place) == first.intact_until + 1

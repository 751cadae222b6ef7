"""Policy rows follow the facts, in the order of commits, and nothing is skipped."""

from collections.abc import Callable
from datetime import timedelta
from threading import Event, Thread
from time import monotonic

import msgspec
import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.orm import Session

from controller import policy
from controller.capabilities.agents import hub_keys
from controller.capabilities.badges import credentials
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.groups.models import WindowRow
from controller.capabilities.machines import access_points
from controller.capabilities.members import members
from controller.capabilities.members.models import MemberRow
from controller.capabilities.places import sites
from controller.capabilities.places.shapes import NewSite
from controller.capabilities.plans import plans, subscriptions
from controller.capabilities.plans.models import SubscriptionRow
from controller.capabilities.plans.shapes import NewSubscription
from controller.capabilities.training import certifications
from controller.capabilities.training.models import CertificationRow, Scope
from controller.domain.facts import AccessPoint, CredentialStatus, Holder, MemberStatus
from controller.domain.time import Utc
from controller.kernel.errors import Invalid
from controller.kernel.shapes import Label
from controller.live import Live
from controller.policy.flush import PolicyNews
from controller.policy.models import PolicyRow, PolicySite
from controller.wire.digest import PolicyDigest
from controller.wire.rows import Row
from controller.wire.values import row_value
from tests.capabilities import second_site
from tests.capabilities.conftest import BOSS, VAULT, Place
from tests.capabilities.second_site import THERE
from tests.policy.policy import PAGE, rows, sound
from tests.support.news import following


def holder(place: Place) -> Holder:
    """The only holder row."""
    (found,) = [row_value(row) for (table, _), row in rows(place).items() if table == "holder"]
    assert isinstance(found, Holder)
    return found


def test_a_place_has_a_row_for_each_fact(place: Place) -> None:
    found = rows(place)
    assert {table for table, _ in found} == {
        "site",
        "zone",
        "plan",
        "schedule",
        "certification",
        "point",
    }
    point = row_value(found["point", "laser-1"])
    assert isinstance(point, AccessPoint)
    assert point.requirement.certifications == (("laser",),)
    assert sound(place)


def test_each_transaction_makes_one_version_of_the_rows_that_changed(
    place: Place, live: Live
) -> None:
    before = head(place).version
    with following(place.database, live) as heard:
        with place.database.write() as db:
            person = place.member(db)
            place.badge(db, person.id)
            place.certify(db, person.id, "laser")
        heard.wait_for(PolicyNews(site="here"))
        assert heard.look().count(PolicyNews(site="here")) == 1
    after = head(place)
    assert (after.version, after.holders) == (before + 1, 1)
    assert [table for table, _ in rows(place, since=before)] == ["holder"]
    assert [certification.certification for certification in holder(place).certifications] == [
        "laser"
    ]
    assert sound(place)


def head(place: Place) -> policy.Head:
    with place.database.read() as db:
        return policy.head(db, "here")


def test_a_transaction_that_changes_no_row_makes_no_version(place: Place) -> None:
    with place.database.write() as db:
        person = place.member(db)
        place.badge(db, person.id)
    before = head(place).version
    with place.database.write() as db:
        patch = {"display_name": "Amina D."}
        members.change(db, person.id, patch, version=None, actor=BOSS, now=place.now)
    assert head(place).version == before


Change = Callable[[Session, Place, str, str], object]
CHANGES: dict[str, tuple[Change, Callable[[Holder], bool]]] = {
    "lost": (
        lambda db, place, _, badge: credentials.mark_lost(db, badge, actor=BOSS, now=place.now),
        lambda holder: holder.status is CredentialStatus.LOST,
    ),
    "suspended": (
        lambda db, place, who, _: members.change(
            db, who, {"status": "suspended"}, version=None, actor=BOSS, now=place.now
        ),
        lambda holder: holder.member_status is MemberStatus.SUSPENDED,
    ),
    "maintainer": (
        lambda db, place, who, _: members.change(
            db,
            who,
            {"maintains": ["laser-1"], "supervises": ["workshop"]},
            version=None,
            actor=BOSS,
            now=place.now,
        ),
        lambda holder: holder.maintains == ("laser-1",) and holder.supervises == ("workshop",),
    ),
    "grace": (
        lambda db, place, *_: plans.change(
            db, "atelier", {"grace_days": 9}, version=None, actor=BOSS, now=place.now
        ),
        lambda holder: holder.grace_days == 9,
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_of_a_fact_reaches_the_holder_row(place: Place, name: str) -> None:
    with place.database.write() as db:
        person = place.member(db)
        badge = place.badge(db, person.id)
    change, reached = CHANGES[name]
    assert not reached(holder(place))
    with place.database.write() as db:
        change(db, place, person.id, badge)
    assert reached(holder(place))
    assert sound(place)


def test_a_removed_credential_leaves_a_null_row_that_still_counts_in_the_digest(
    place: Place,
) -> None:
    with place.database.write() as db:
        badge = place.badge(db, place.member(db).id)
    with place.database.write() as db:
        db.delete(db.get_one(CredentialRow, badge))
    found = rows(place)
    (gone,) = [row for (table, _), row in found.items() if table == "holder"]
    assert gone.removed
    digest = PolicyDigest()
    for row in found.values():
        digest.add(row.table, row.key, row.version)
    assert (head(place).digest, head(place).holders) == (digest.text, 0)
    assert sound(place)


def test_a_new_certification_reaches_every_site(place: Place) -> None:
    with place.database.write() as db:
        sites.create(db, NewSite(id="there", name=Label(en="There")), actor=BOSS, now=place.now)
    with place.database.write() as db:
        certifications.change(
            db, "laser", {"name": {"en": "Laser cutter"}}, version=None, actor=BOSS, now=place.now
        )
    with place.database.read() as db:
        for site in ("here", "there"):
            page = policy.rows_since(db, site, 0, None, PAGE)
            (row,) = [row for row in page.rows if row.key == "laser"]
            assert b"Laser cutter" in bytes(row.value)
    assert sound(place)


def test_a_new_hub_key_stands_in_every_site_row(place: Place) -> None:
    key = "A" * 43
    with place.database.write() as db:
        new = {"name": "hub-main", "kid": "0123456789abcdef", "public_key": key}
        assert hub_keys.register_hub_key(db, **new, now=place.now)
        assert not hub_keys.register_hub_key(db, **new, now=place.now)
    value = msgspec.json.decode(rows(place)["site", "here"].value)
    assert value["hub_keys"] == [{"kid": "0123456789abcdef", "public_key": key}]


def test_a_window_is_a_row_while_it_is_open(place: Place) -> None:
    key = "019c1111-2222-7333-8444-555555555555"
    with place.database.write() as db:
        person = db.get_one(MemberRow, place.member(db).id)
        until = Utc.of(place.now + timedelta(hours=2))
        db.add(
            WindowRow(
                id=key,
                site_id="here",
                zone_id="workshop",
                supervisor=person.ref,
                opened_at=place.now,
                until=until,
            )
        )
    assert not rows(place)["window", key].removed
    with place.database.write() as db:
        db.get_one(WindowRow, key).closed_at = place.now
    assert rows(place)["window", key].removed
    assert sound(place)


def test_pages_hold_every_row_once_in_the_order_of_versions(place: Place) -> None:
    with place.database.write() as db:
        for number in range(40):
            place.badge(db, place.member(db, f"Person {number}").id)
    found: list[Row] = []
    after = None
    with place.database.read() as db:
        while True:
            page = policy.rows_since(db, "here", 0, after, 2000)
            found += page.rows
            after = page.next
            if after is None:
                break
    assert len({(row.table, row.key) for row in found}) == len(found) == len(rows(place))
    versions = [row.version for row in found]
    assert versions == sorted(versions)


def test_a_delta_holds_what_changed_and_nothing_when_it_is_too_long(place: Place) -> None:
    before = head(place).version
    with place.database.write() as db:
        place.badge(db, place.member(db).id)
    with place.database.read() as db:
        found = policy.steps_between(db, "here", before, before + 1, PAGE, 1)
        assert found is not None
        (delta,) = found
        assert [row.table for row in delta.rows] == ["holder"]
        assert policy.steps_between(db, "here", 0, before + 1, 100, 9) is None


def test_what_one_delta_does_not_hold_several_do(place: Place) -> None:
    """Each begins where the one before ends, and none takes half of what one version changed."""
    first = head(place).version
    for number in range(12):
        with place.database.write() as db:
            place.badge(db, place.member(db, f"Person {number}").id)
    last = head(place).version
    with place.database.read() as db:
        steps = policy.steps_between(db, "here", first, last, 2000, 20)
        assert steps is not None
        assert len(steps) > 2
        assert policy.steps_between(db, "here", first, last, 2000, len(steps)) == steps
        assert policy.steps_between(db, "here", first, last, 2000, len(steps) - 1) is None
        earlier = policy.steps_between(db, "here", first, first + 2, PAGE, 1)
        page = policy.rows_since(db, "here", first, None, PAGE)
    assert [steps[0].above, *(step.through for step in steps)] == [
        *(step.above for step in steps),
        last,
    ]
    assert [row for step in steps for row in step.rows] == list(page.rows)
    for step in steps:
        assert all(step.above < row.version <= step.through for row in step.rows)
    assert earlier is not None
    assert [step.through for step in earlier] == [first + 2]
    assert list(earlier[0].rows) == [row for row in page.rows if row.version <= first + 2]


def test_two_transactions_get_versions_in_the_order_of_their_commits(place: Place) -> None:
    """The first to start commits last; on SQLite the second waits, and the order is the other."""
    with place.database.write() as db:
        person = place.member(db)
        badge = place.badge(db, person.id)
    before = head(place).version
    started, go_on = Event(), Event()

    def slow() -> None:
        with place.database.write() as db:
            access_points.set_service(
                db, "laser-1", in_service=False, reason="dust", actor=BOSS, now=place.now
            )
            started.set()
            go_on.wait(60)

    thread = Thread(target=slow)
    thread.start()
    assert started.wait(60)
    if place.database.engine.dialect.name == "sqlite":
        go_on.set()
        thread.join(60)
    with place.database.write() as db:
        credentials.mark_lost(db, badge, actor=BOSS, now=place.now)
    second = head(place).version
    go_on.set()
    thread.join(60)
    changed = sorted((row.version, table) for (table, _), row in rows(place, before).items())
    expected = ["holder", "point"]
    if place.database.engine.dialect.name == "sqlite":
        expected.reverse()
    else:
        assert second == before + 1
    assert changed == list(enumerate(expected, before + 1))
    assert sound(place)


def test_whoever_commits_second_compiles_from_what_the_first_committed(place: Place) -> None:
    """Two facts of one holder, changed at once: the row has both."""
    with place.database.write() as db:
        person = place.member(db)
        badge = place.badge(db, person.id)
    inside, go_on = Event(), Event()

    def slow() -> None:
        with place.database.write() as db:
            place.certify(db, person.id, "laser")
            inside.set()
            go_on.wait(60)

    thread = Thread(target=slow)
    thread.start()
    assert inside.wait(60)
    if place.database.engine.dialect.name == "sqlite":
        go_on.set()
    with place.database.write() as db:
        credentials.suspend(db, badge, actor=BOSS, now=place.now)
    go_on.set()
    thread.join(60)
    found = holder(place)
    assert found.status is CredentialStatus.SUSPENDED
    assert len(found.certifications) == 1
    assert sound(place)


def test_who_is_certified_while_a_certification_stops_to_count_elsewhere(place: Place) -> None:
    """The holders are looked for under the lock: whoever was certified meanwhile is among them."""
    postgresql = place.database.engine.dialect.name == "postgresql"
    with place.database.write() as db:
        second_site.add(db, place.now)
        person = place.member(db)
        place.badge(db, person.id)
        patch = {"also_at": [THERE]}
        members.change(db, person.id, patch, version=None, actor=BOSS, now=place.now)
    locked, go_on = Event(), Event()

    def certify() -> None:
        with place.database.write() as db:
            place.certify(db, person.id, "laser")
            policy.flush_policy(db, place.now)
            locked.set()
            go_on.wait(60)

    def narrow() -> None:
        with place.database.write() as db:
            db.get_one(CertificationRow, "laser").scope = Scope.SITE

    threads = [Thread(target=certify), Thread(target=narrow)]
    threads[0].start()
    assert locked.wait(60)
    threads[1].start()
    if postgresql:
        wait_for_a_lock(place)
    go_on.set()
    for thread in threads:
        thread.join(60)
    assert sound(place)


def wait_for_a_lock(place: Place) -> None:
    """Until a transaction waits for another."""
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    until = monotonic() + 20
    with place.database.engine.connect() as connection:
        while not connection.scalar(waiting):
            assert monotonic() < until, "nobody waits"
            connection.rollback()


def test_adjoining_subscriptions_make_one_window_and_another_takes_over_in_time(
    place: Place,
) -> None:
    def subscribe(db: Session, plan: str, start: Utc, end: Utc) -> None:
        new = NewSubscription(member_id=person.id, plan_id=plan, valid_from=start, valid_until=end)
        subscriptions.create(db, new, actor=BOSS, now=place.now)

    start = place.now
    days = [Utc.of(start + timedelta(days=number)) for number in range(4)]
    with place.database.write() as db:
        person = place.member(db, plan=None)
        place.badge(db, person.id)
        subscribe(db, "atelier", days[0], days[1])
        subscribe(db, "atelier", days[1], days[2])
        subscribe(db, "bureau", days[2], days[3])
    first = holder(place)
    assert (first.plan, first.subscription_from, first.subscription_until) == (
        "atelier",
        days[0],
        days[2],
    )
    place.clock.now = days[2]
    with place.database.write() as db:
        policy.refresh_due(db, start, place.now)
    assert (holder(place).plan, holder(place).grace_days) == ("bureau", 3)
    assert sound(place)


def test_a_bulk_statement_that_hides_from_the_policy_is_refused(place: Place) -> None:
    with pytest.raises(RuntimeError, match="bypasses the policy"), place.database.write() as db:
        db.execute(delete(SubscriptionRow))


def test_a_reading_transaction_refuses_to_write(place: Place) -> None:
    with place.database.read() as db:
        db.add(PolicySite(site_id="here", epoch=1, version=1, holders=0, digest=""))
        with pytest.raises(RuntimeError, match="for reading"):
            db.flush()


def test_what_is_rolled_back_makes_no_version(place: Place) -> None:
    before = head(place)

    def fail() -> None:
        with place.database.write() as db:
            place.badge(db, place.member(db).id)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert head(place) == before


def test_a_row_that_fits_in_no_message_is_refused(place: Place) -> None:
    with place.database.write() as db:
        zoe = place.member(db, "Zoé").id
        place.badge(db, zoe)
    many = [f"{number:040d}" for number in range(4000)]
    with pytest.raises(Invalid, match="holder"), place.database.write() as db:
        db.get_one(MemberRow, zoe).categories = many


def test_a_restore_raises_the_epoch(place: Place) -> None:
    """Above what the backup has, what was there before, and what earlier restores gave."""
    before, minutes = head(place), place.now.millis() // 60_000
    for above, epoch in (({}, minutes), ({}, minutes + 1), ({"here": minutes + 7}, minutes + 8)):
        with place.database.write() as db:
            policy.raise_epoch(db, place.now, above=above)
        assert (head(place).epoch, head(place).version) == (epoch, before.version)
    with place.database.read() as db:
        assert [head.epoch for head in policy.heads(db)] == [minutes + 8]


def test_the_check_names_what_differs(place: Place) -> None:
    with place.database.write() as db:
        badge = place.badge(db, place.member(db).id)
        key = db.get_one(CredentialRow, badge).holder_key
    with place.database.write() as db:
        db.execute(update(PolicyRow).where(PolicyRow.key == key).values(value=b"{}", version=99))
        db.execute(delete(PolicyRow).where(PolicyRow.key == "laser-1"))
        db.add(PolicyRow(site_id="here", table="zone", key="attic", version=1, value=b"{}"))
    with place.database.read() as db:
        found = {
            (difference.table, difference.problem)
            for difference in policy.check_policy(db, place.now)
        }
    assert found == {
        ("holder", "differs"),
        ("point", "missing"),
        ("zone", "should be gone"),
        ("head", "digest or number of holders differs"),
    }


def test_the_badge_number_is_not_in_the_policy(place: Place) -> None:
    with place.database.write() as db:
        place.badge(db, place.member(db).id)
    (key,) = [key for table, key in rows(place) if table == "holder"]
    assert "04000000000001" not in key
    assert VAULT.credential_key not in b"".join(bytes(row.value) for row in rows(place).values())

"""The policy's copy: deltas, paged syncs, and a digest that follows every row."""

import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.domain.facts import Holder
from controller.domain.ids import HolderKey, MemberRef
from controller.wire.codec import encode
from controller.wire.digest import PolicyDigest
from devices.agent.policy.site_facts import Holders
from devices.agent.policy.store import PolicyStore, StoredRow

KEY = "K" * 42 + "A"


def row(key: str, version: int, value: bytes | None = b"{}", table: str = "holder") -> StoredRow:
    return StoredRow(table, key, version, value)


def digest_of(*rows: StoredRow) -> str:
    digest = PolicyDigest()
    for one in rows:
        digest.add(one.table, one.key, one.version)
    return digest.text


@pytest.fixture
def store(folder: Path) -> PolicyStore:
    return PolicyStore.open(folder / "policy.db")


def test_an_empty_copy(store: PolicyStore) -> None:
    at = store.position
    assert (at.epoch, at.version, at.holders, at.digest) == (0, 0, 0, "0" * 64)


def test_a_delta_changes_rows_and_digest(store: PolicyStore, folder: Path) -> None:
    assert store.apply([row("a", 1), row("b", 1), row("z", 1, table="zone")], 1, 1) == {
        "holder",
        "zone",
    }
    assert store.apply([row("a", 2, b'{"x":1}'), row("b", 2, None)], 1, 2) == {"holder"}
    at = store.position
    assert (at.epoch, at.version, at.holders) == (1, 2, 1)
    assert at.digest == digest_of(row("a", 2), row("b", 2), row("z", 1, table="zone"))
    assert [one.value for one in store.rows("holder")] == [b'{"x":1}']
    store.close()
    again = PolicyStore.open(folder / "policy.db")
    assert again.position == at


def test_a_row_that_is_not_newer_changes_nothing(store: PolicyStore) -> None:
    store.apply([row("a", 5, b"new")], 1, 5)
    store.apply([row("a", 4, b"old")], 1, 6)
    assert [one.value for one in store.rows("holder")] == [b"new"]
    assert store.position.digest == digest_of(row("a", 5))


def test_a_torn_sync_leaves_the_old_policy(store: PolicyStore, folder: Path) -> None:
    store.apply([row("a", 1)], 1, 1)
    before = store.position
    store.begin_sync()
    store.stage([row("b", 2), row("c", 2)])
    store.close()
    again = PolicyStore.open(folder / "policy.db")
    assert again.position == before
    assert [one.key for one in again.rows("holder")] == ["a"]
    again.begin_sync()
    again.stage([row("d", 3)])
    again.finish_sync(1, 3, snapshot=False)
    assert [one.key for one in again.rows("holder")] == ["a", "d"]


def test_a_snapshot_removes_what_it_does_not_hold(store: PolicyStore) -> None:
    store.apply([row("a", 1), row("b", 2), row("c", 3, None)], 1, 3)
    store.begin_sync()
    store.stage([row("a", 1), row("d", 4)])
    assert store.finish_sync(1, 4, snapshot=True) == {"holder"}
    assert [one.key for one in store.rows("holder")] == ["a", "d"]
    assert store.position.digest == digest_of(row("a", 1), row("d", 4))
    assert (store.position.version, store.position.holders) == (4, 2)


def test_what_a_delta_brought_during_a_snapshot_stays(store: PolicyStore) -> None:
    store.apply([row("a", 1)], 1, 1)
    store.begin_sync()
    store.stage([row("a", 1)])
    store.apply([row("n", 3)], 1, 3)
    store.finish_sync(1, 2, snapshot=True)
    assert [one.key for one in store.rows("holder")] == ["a", "n"]
    assert store.position.version == 3


def test_another_epoch_begins_from_nothing(store: PolicyStore) -> None:
    store.apply([row("a", 90), row("b", 95)], 1, 95)
    store.begin_sync()
    store.stage([row("a", 7)])
    store.finish_sync(2, 7, snapshot=True)
    at = store.position
    assert (at.epoch, at.version, at.holders) == (2, 7, 1)
    assert at.digest == digest_of(row("a", 7))


def test_a_full_disk_changes_nothing(store: PolicyStore) -> None:
    store.apply([row("a", 1)], 1, 1)
    before = store.position
    store._db.execute("PRAGMA max_page_count = 1")
    with pytest.raises(sqlite3.OperationalError):
        store.apply([row(f"k{n}", 2, b"x" * 2000) for n in range(200)], 1, 2)
    assert store.position == before
    assert [one.key for one in store.rows("holder")] == ["a"]


def test_a_damaged_file_is_an_error(folder: Path) -> None:
    (folder / "policy.db").write_bytes(b"nothing of the kind" * 400)
    with pytest.raises(sqlite3.DatabaseError):
        PolicyStore.open(folder / "policy.db")


def test_no_flipped_bit_of_a_row_is_taken_for_true(folder: Path) -> None:
    """Wherever it is: the row is gone, no head vouches for the rest, and the rest is there."""
    file = folder / "policy.db"
    whole = encode(Holder(member=MemberRef("m-1"), plan="day"))
    for at in range(0, 8 * len(whole), 7):
        store = PolicyStore.open(file)
        store.begin_sync()
        store.stage([row(KEY, 1, whole), row("other", 1, whole)])
        store.finish_sync(at + 1, 1, snapshot=True)
        vouched = store.position
        flipped = bytearray(whole)
        flipped[at // 8] ^= 1 << at % 8
        store._db.execute("UPDATE row SET value = ? WHERE key = ?", (bytes(flipped), KEY))
        told: list[int] = []
        holders = Holders(file, lambda: told.append(at))  # noqa: B023  used in its own round
        with pytest.raises(sqlite3.DatabaseError, match="sum"):
            holders.get(HolderKey(KEY))
        assert told == [at]
        holders.close()
        assert [one.key for one in store.rows("holder")] == ["other"]
        store._db.close()  # killed: it looks at all of them
        again = PolicyStore.open(file)
        assert (again.damaged, again.position.holders) == (1, 1)
        assert again.position.digest == digest_of(row("other", 1)) != vouched.digest
        again.close()


def test_a_head_and_an_age_that_were_flipped_are_not_believed(store: PolicyStore) -> None:
    store.apply([row("a", 1)], 1, 1)
    store.keep_age("2026-03-02T12:00:00.000Z", 12.5)
    store._db.execute("UPDATE age SET age_s = age_s - 4096")
    assert store.age() is None
    store._db.execute("UPDATE head SET version = version | 65536")
    with pytest.raises(sqlite3.DatabaseError, match="head does not match"):
        PolicyStore(store._db)


def test_a_file_of_a_version_without_sums_goes_on(folder: Path) -> None:
    """The copy holds without the network, so it is not fetched again for an upgrade."""
    store = PolicyStore.open(folder / "policy.db")
    store.apply([row("a", 1), row("b", 1)], 1, 1)
    before = store.position
    for table in ("row", "stage", "head", "age"):
        store._db.execute(f"ALTER TABLE {table} DROP COLUMN sum")
    store.close()
    again = PolicyStore.open(folder / "policy.db")
    assert (again.damaged, again.position) == (0, before)
    assert [one.key for one in again.rows("holder")] == ["a", "b"]
    again.apply([row("c", 2)], 1, 2)
    again.close()
    assert PolicyStore.open(folder / "policy.db").position.holders == 3


def damage_a_page(path: Path) -> None:
    """Break a leaf page of holders, which no statement at the start reads."""
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2 // 4096 * 4096)
        file.write(b"\xff" * 4096)


@pytest.mark.parametrize("closed", [True, False])
def test_pages_are_checked_when_the_agent_did_not_stop_in_order(folder: Path, closed: bool) -> None:
    path = folder / "policy.db"
    store = PolicyStore.open(path)
    store.apply([row(f"k{n}", 1, b"x" * 500) for n in range(200)], 1, 1)
    store._db.execute("VACUUM")  # so that every page is in use
    store.close()
    if not closed:
        left = PolicyStore.open(path)
        left._db.close()
    damage_a_page(path)
    if closed:
        PolicyStore.open(path).close()
        return
    with pytest.raises(sqlite3.DatabaseError, match="damaged pages"):
        PolicyStore.open(path)


def test_a_full_disk_keeps_no_agent_from_stopping(folder: Path) -> None:
    store = PolicyStore.open(folder / "policy.db")
    store._db.execute("PRAGMA query_only = 1")
    store.close()


def test_the_age_is_kept(store: PolicyStore) -> None:
    assert store.age() is None
    store.keep_age("2026-03-02T12:00:00.000Z", 12.5)
    store.keep_age("2026-03-02T13:00:00.000Z", 3.5)
    assert store.age() == ("2026-03-02T13:00:00.000Z", 3.5)


def test_a_holder_is_found_by_key(store: PolicyStore, folder: Path) -> None:
    holder = Holder(member=MemberRef("m-1"), plan="day", categories=("public",))
    store.apply([row(KEY, 1, encode(holder)), row("gone", 1, None)], 1, 1)
    holders = Holders(folder / "policy.db")
    assert holders.get(HolderKey(KEY)) == holder
    assert holders.get(HolderKey("gone")) is None
    assert holders.get(HolderKey("other")) is None
    holders.close()


CHANGES = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.booleans(), st.booleans()), min_size=1, max_size=40
)


@given(changes=CHANGES)
def test_the_digest_is_that_of_all_rows_after_any_changes(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[str, bool, bool]]
) -> None:
    store = PolicyStore.open(tmp_path_factory.mktemp("policy") / "policy.db")
    now: dict[str, StoredRow] = {}
    for version, (key, gone, in_sync) in enumerate(changes, 1):
        change = row(key, version, None if gone else b"{}")
        now[key] = change
        if in_sync:
            store.begin_sync()
            store.stage([change])
            store.finish_sync(1, version, snapshot=False)
        else:
            store.apply([change], 1, version)
    assert store.position.digest == digest_of(*now.values())
    assert store.position.holders == sum(one.value is not None for one in now.values())
    store.close()

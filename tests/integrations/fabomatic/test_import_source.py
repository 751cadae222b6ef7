"""A FabOMatic's database is brought: people, badges, rights, machines; twice changes nothing."""

from collections.abc import Sequence
from functools import partial

import pytest
from sqlalchemy.orm import Session

from controller.capabilities.badges import credentials
from controller.capabilities.imports.bundle import (
    ImportContext,
    ImportedMachine,
    SkipReason,
    import_bundle,
    preview,
)
from controller.capabilities.imports.bundle import bundle as bundled
from controller.capabilities.imports.mapping import identity_mapping
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.members import members
from controller.capabilities.training import member_certifications
from controller.integrations.fabomatic import boards
from controller.integrations.fabomatic.import_source import (
    FileProblem,
    NotFabOMatic,
    card_number,
    read_database,
)
from tests.capabilities.conftest import BOSS, VAULT, Place
from tests.capabilities.imports.imports import rows
from tests.integrations.fabomatic.old_database import old_database


def at(place: Place) -> ImportContext:
    now = place.clock.forward(seconds=1)
    return ImportContext(database=place.database, vault=VAULT, actor=BOSS, now=now, site_id="here")


def test_all_of_it_comes_and_a_second_run_changes_nothing(place: Place) -> None:
    found = read_database(old_database())
    brought = bundled(
        found.table, identity_mapping(found.table.headings), place.now, found.equipment
    )
    assert preview(brought, at(place)).problems == ()
    made = import_bundle(brought, at(place), add_machines=partial(linked, place))
    assert (made.imported.members, made.certifications, made.machines) == (4, 2, 3)
    with place.database.read() as db:
        people = {member.display_name: member for member in members.page(db, actor=BOSS).items}
        assert set(people) == {"admin admin", "Zoé d’Artois", "Fatou Sow", "Omar Sy"}
        assert people["Fatou Sow"].status == "suspended"
        badge = credentials.find(db, "uid:FFA1B2C3", vault=VAULT, actor=BOSS)
        assert badge is not None
        assert badge.member_id == people["Zoé d’Artois"].id
        assert held(db, people["Zoé d’Artois"].id) == {"laser-co2", "scie"}
        assert held(db, people["admin admin"].id) == {"laser-co2", "scie"}, "its role may all"
        assert credentials.find(db, "uid:78563412", vault=VAULT, actor=BOSS) is None
        drill = db.get_one(AccessPointRow, "perceuse").requirement
        assert (drill["certifications"], drill["subscription"]) == ([], False)
        saw = db.get_one(AccessPointRow, "scie")
        assert (saw.in_service, saw.commissioned) == (False, False)
    before = rows(place)
    assert preview(brought, at(place)).is_nothing
    import_bundle(brought, at(place))
    assert rows(place) == before


def linked(place: Place, db: Session, machines: Sequence[ImportedMachine]) -> None:
    boards.link_imported(db, "here", machines, actor=BOSS, now=place.now)
    assert [board.number for board in boards.boards(db, "here", actor=BOSS)] == [1, 2, 7]


def held(db: Session, member: str) -> set[str]:
    found = member_certifications.of_member(db, member, actor=BOSS)
    return {certification.certification_id for certification in found}


def test_what_stays_behind_is_told() -> None:
    skipped = {
        records.why: records.names for records in read_database(old_database()).equipment.skipped
    }
    assert skipped == {
        SkipReason.FACTORY_BADGE: ("admin admin",),
        SkipReason.SHORT_BADGE: ("Fatou Sow",),
        SkipReason.DELETED: ("Ada Gone",),
        SkipReason.NO_BADGE: ("Omar Sy (not-a-card)",),
    }


@pytest.mark.parametrize(
    ("data", "wrong"),
    [
        (b"", FileProblem.NO_DATABASE),
        (b"Nom;Prenom\n", FileProblem.NO_DATABASE),
        (old_database()[:3000], FileProblem.NO_DATABASE),
        (old_database("DROP TABLE authorizations;"), FileProblem.NO_FABOMATIC),
        (
            old_database("DROP TABLE roles; CREATE VIEW roles AS SELECT 1;"),
            FileProblem.NO_FABOMATIC,
        ),
        (old_database("ALTER TABLE users DROP COLUMN email;"), FileProblem.NO_FABOMATIC),
    ],
)
def test_what_is_no_such_database_is_told(data: bytes, wrong: FileProblem) -> None:
    with pytest.raises(NotFabOMatic) as caught:
        read_database(data)
    assert caught.value.wrong is wrong


def test_a_closed_database_in_wal_mode_is_read() -> None:
    data = old_database()
    assert read_database(data[:18] + b"\x02\x02" + data[20:]).table.rows


def test_a_number_is_turned_round() -> None:
    assert card_number("c3b2a104") == "uid:04A1B2C3"
    assert card_number("1") == "uid:01000000"
    assert card_number("123456789") is None

"""Any spreadsheet becomes people: its columns are guessed, its words mapped, its rows named."""

import tomllib
from datetime import date
from io import BytesIO

import pytest
import xlsxwriter
from sqlalchemy import select

from controller.capabilities.badges import credentials
from controller.capabilities.imports.bundle import (
    Bundle,
    Equipment,
    ImportContext,
    ImportedMachine,
    NamedRecord,
    SkippedRecords,
    SkipReason,
    import_bundle,
    preview,
)
from controller.capabilities.imports.bundle import bundle as bundled
from controller.capabilities.imports.convert import badge_of, convert_table, day_of
from controller.capabilities.imports.mapping import (
    ColumnMapping,
    dump,
    guess,
    guess_values,
    identity_mapping,
    load,
)
from controller.capabilities.imports.tables import as_csv, read_table
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.member_files import undo
from controller.capabilities.member_files.reading import ImportRefused
from controller.capabilities.plans import subscriptions
from controller.capabilities.training import member_certifications
from controller.kernel.errors import Invalid
from tests.capabilities.conftest import BOSS, NOW, VAULT, Place
from tests.capabilities.imports.imports import rows
from tests.support.tree import ROOT

FRENCH = (
    "Prénom;Nom;Courriel;N° de badge;Formule;Fin d'adhésion;Laser\r\n"
    "\r\n"
    "Zoé;d’Artois;zoe@example.org;04:a1:b2:c3;Annuel;31/12/2026;oui\r\n"
    "Fatou;Sow;;;-;31/12/2026;\r\n"
)


def at(place: Place) -> ImportContext:
    """A moment later each time."""
    place.clock.forward(seconds=1)
    return ImportContext(
        database=place.database, vault=VAULT, actor=BOSS, now=place.now, site_id=place.site
    )


def french(place: Place) -> Bundle:
    table = read_table(FRENCH.encode("cp1252"))
    mapping = guess(table.headings, {"laser": "Laser"})
    values = {"plan": {"Annuel": "atelier", "-": ""}}
    mapping = ColumnMapping(
        columns=mapping.columns, certifications=mapping.certifications, values=values
    )
    return bundled(table, mapping, place.now)


def workbook(*lines: tuple[object, ...]) -> bytes:
    file = BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    sheet = book.add_worksheet("Adhérents")
    for number, line in enumerate(lines):
        sheet.write_row(number, 0, line)
    book.close()
    return file.getvalue()


def test_headings_in_french_and_english_are_guessed() -> None:
    found = guess(["Prénom", "Nom", "E-mail", "Début", "Échéance", "Scie"], {"saw": "scie"})
    assert found.columns == {
        "display_name": ("Prénom", "Nom"),
        "email": "E-mail",
        "subscription_from": "Début",
        "subscription_until": "Échéance",
    }
    assert found.certifications == {"saw": "Scie"}
    english = guess(["Surname", "First name", "Membership", "Card"], {})
    assert english.columns["display_name"] == ("First name", "Surname")
    assert (english.columns["plan"], english.columns["badge"]) == ("Membership", "Card")
    assert guess_values(["ANNUEL ", "autre"], {"year": "Annuel"}) == {"ANNUEL ": "year"}


def test_the_headings_that_the_documentation_shows_are_guessed() -> None:
    text = (ROOT / "docs/switching.md").read_text()
    columns = tomllib.loads(text.split("```toml")[1].split("```")[0])["columns"]
    headings = [*columns["display_name"], columns["subscription_until"], columns["plan"]]
    found = guess([*headings, "N° de badge"], {}).columns
    expected = {**columns, "display_name": tuple(columns["display_name"]), "badge": "N° de badge"}
    assert found == expected


@pytest.mark.parametrize(
    "heading", ["Nº badge", "No. de badge", "Numéro du badge", "Numéro de la carte", "Card number"]
)
def test_a_badges_number_is_found_however_it_is_headed(heading: str) -> None:
    assert guess(["Nom", heading], {}).columns["badge"] == heading


def test_an_import_is_undone_with_the_machines_that_it_made(place: Place) -> None:
    table = read_table(b"display_name\nAda\nGrace\n")
    machines = (ImportedMachine(id="cnc", name="Fraiseuse"), ImportedMachine(id="saw", name="Scie"))
    import_bundle(
        bundled(table, identity_mapping(table.headings), place.now, Equipment(machines=machines)),
        at(place),
    )
    with place.database.write() as db:
        imported = undo.last(db, place.site, actor=BOSS, now=place.now)
        assert imported is not None
        undo.take_back(db, undo.imported_members(db, imported), actor=BOSS, now=place.now)
        db.get_one(AccessPointRow, "saw").commissioned = True
        undo.record(db, imported, actor=BOSS, now=place.now)
        left = set(db.scalars(select(AccessPointRow.id)))
        assert left == {"door-1", "laser-1", "saw"}, "what is in service stays"
    with place.database.read() as db:
        assert undo.last(db, place.site, actor=BOSS, now=place.now) is None


def test_a_csv_of_a_french_spreadsheet_is_brought_and_a_second_run_changes_nothing(
    place: Place,
) -> None:
    brought = french(place)
    looked = preview(brought, at(place))
    assert (looked.new_people, looked.problems) == (2, ())
    done = import_bundle(brought, at(place)).imported
    assert (done.members, done.badges, done.subscriptions, done.certifications) == (2, 1, 1, 1)
    with place.database.read() as db:
        found = credentials.find(db, "uid:04A1B2C3", vault=VAULT, actor=BOSS)
        assert found is not None
        (period,) = subscriptions.page(db, actor=BOSS, member_id=found.member_id).items
        assert (period.plan_id, period.valid_from.date()) == ("atelier", NOW.date().replace(day=23))
        (held,) = member_certifications.of_member(db, found.member_id, actor=BOSS)
        assert held.certification_id == "laser"
    before = rows(place)
    again = preview(brought, at(place))
    assert again.is_nothing
    assert len(again.existing_people) == 2
    assert import_bundle(brought, at(place)).imported.members == 0
    assert rows(place) == before


def test_problems_are_named_by_the_row_that_the_spreadsheet_shows(place: Place) -> None:
    table = read_table(b'nom,uid,fin,formule\n\nA,nothing,31/02/2026,atelier\n"B\nC",,,\nD,zz,,\n')
    columns = {
        "display_name": "nom",
        "badge": "uid",
        "subscription_until": "fin",
        "plan": "formule",
    }
    looked = preview(bundled(table, ColumnMapping(columns=columns), place.now), at(place))
    assert [(problem.line, problem.column) for problem in looked.problems] == [
        (3, "subscription_until"),
        (3, "badge"),
        (6, "badge"),
    ]
    with pytest.raises(ImportRefused):
        import_bundle(bundled(table, ColumnMapping(columns=columns), place.now), at(place))
    assert rows(place)["member"] == 0


def test_a_workbook_is_read_as_it_shows() -> None:
    data = workbook(("Nom", "Tél", "Fin", "Vide"), (), ("Zoé", 612345678.0, date(2026, 1, 2), ""))
    table = read_table(data)
    assert table.source_format == "XLSX Adhérents"
    assert table.headings == ("Nom", "Tél", "Fin", "Vide")
    assert [number for number, _ in table.rows] == [3]
    assert table.rows[0][1][:2] == ("Zoé", "612345678")
    assert read_table(as_csv(table)).rows == table.rows
    for broken in (data[:200], b"PK\x03\x04", b"", b"\n\n"):
        with pytest.raises(ImportRefused):
            read_table(broken)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("31/12/2026", "2026-12-31"),
        ("3.4.26", "2026-04-03"),
        ("2026-12-31 00:00:00", "2026-12-31"),
        ("2026-12-31T10:00", "2026-12-31"),
        ("31/02/2026", "31/02/2026"),
        ("demain", "demain"),
        ("", ""),
    ],
)
def test_days(text: str, day: str) -> None:
    assert day_of(text) == day
    assert day_of("12/31/2026", day_first=False) == "2026-12-31"


def test_badges() -> None:
    assert badge_of("04 a1 b2 c3 d4 e5 f6") == "uid:04A1B2C3D4E5F6"
    assert badge_of("c3b2a104", "reversed") == "uid:04A1B2C3"
    assert badge_of("3283263748", "decimal") == "uid:04A1B2C3"
    for kept in ("em:0000000001", "uid:04A1B2C3", "12345", "", "zz"):
        assert badge_of(kept) == kept


def test_a_mapping_is_kept_as_a_file() -> None:
    mapping = ColumnMapping(
        columns={"display_name": ("Prénom", 'N"om'), "email": "Mail"},
        always={"plan": "atelier"},
        certifications={"laser": "Laser ?"},
        values={"status": {"À jour": "active", "Parti·e": ""}},
        day_first=False,
        badges="reversed",
    )
    assert load(dump(mapping).encode()) == mapping
    for wrong in (b"[columns]\ncolour = 'x'", b"columns = 3", b"day = true"):
        with pytest.raises(Invalid):
            load(wrong)
    table = read_table(b"Nom\nA\n")
    with pytest.raises(ImportRefused, match="Laser"):
        convert_table(table, mapping, NOW.date())


def test_what_a_program_had_comes_with_its_people(place: Place) -> None:
    """Certifications that there will be are no problem; a machine opens nothing yet."""
    table = read_table(b"display_name,certifications\nZo\xc3\xa9,cnc|laser\n")
    equipment = Equipment(
        certifications=(NamedRecord(id="cnc", name="Fraiseuse"), NamedRecord(id="laser", name="L")),
        machines=(ImportedMachine(id="cnc", name="Fraiseuse", certification="cnc", blocked=True),),
        skipped=(SkippedRecords(why=SkipReason.DELETED, names=("Ada",)),),
    )
    brought = bundled(table, identity_mapping(table.headings), place.now, equipment)
    looked = preview(brought, at(place))
    assert [certification.id for certification in looked.certifications] == ["cnc"]
    assert [record.id for record in looked.existing_equipment] == ["laser"]
    made = import_bundle(brought, at(place))
    assert (made.imported.members, made.certifications, made.machines) == (1, 1, 1)
    with place.database.read() as db:
        point = db.get_one(AccessPointRow, "cnc")
        assert (point.commissioned, point.in_service, point.agent_id) == (False, False, None)
    before = rows(place)
    assert preview(brought, at(place)).is_nothing
    import_bundle(brought, at(place))
    assert rows(place) == before


def test_two_people_of_one_name_and_two_addresses_are_two(place: Place) -> None:
    columns = {"display_name": "nom", "email": "mail"}
    for address in ("a@example.org", "b@example.org"):
        table = read_table(f"nom,mail\nJean Martin,{address}\n".encode())
        assert (
            import_bundle(
                bundled(table, ColumnMapping(columns=columns), place.now), at(place)
            ).imported.members
            == 1
        )
    assert rows(place)["member"] == 2

"""Members from and to CSV: every broken line is named, and all is imported or nothing."""

from collections import Counter

import pytest

from controller import policy
from controller.capabilities.badges import credentials
from controller.capabilities.member_files.already_here import LineRemark, Remark
from controller.capabilities.member_files.columns import COLUMNS
from controller.capabilities.member_files.export_csv import export_members
from controller.capabilities.member_files.import_csv import (
    ImportOutcome,
    ImportStopped,
    import_members,
    try_members,
)
from controller.capabilities.member_files.problems import ProblemReason
from controller.capabilities.member_files.reading import ImportRefused
from controller.capabilities.members import members, search
from controller.capabilities.members.shapes import Guardian, NewMember
from controller.capabilities.organisations import organisations
from controller.capabilities.organisations.shapes import NewOrganisation
from controller.capabilities.plans import member_search, subscriptions
from controller.capabilities.training import member_certifications
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Role
from controller.kernel.csv_cells import defuse, plain_cell
from controller.kernel.errors import Forbidden, Invalid
from controller.kernel.lookalikes import skeleton
from controller.kernel.shapes import Label
from controller.kernel.validate import parse
from tests.capabilities.conftest import BOSS, VAULT, Place

HEADER = "display_name,email,plan,subscription_from,subscription_until,badge,certifications\n"
GOOD = HEADER + (
    "Zoé d’Artois,zoe@example.org,atelier,2026-01-01,2026-12-31,uid:04A1B2C3D4E5F6,laser|rules\n"
    '"Sow, Fatou",,,,,em:0001234567,laser:accompanied\n'
    "\n"
    "Anonyme,,,,,,\n"
)


def load(place: Place, text: str, actor: Actor = BOSS) -> int:
    return load_bytes(place, text.encode(), actor).members


def load_bytes(place: Place, data: bytes, actor: Actor = BOSS) -> ImportOutcome:
    return import_members(place.database, data, vault=VAULT, actor=actor, now=place.now)


def refused(place: Place, text: str) -> list[tuple[int, str]]:
    """Line and column of each problem; nothing may have been imported."""
    with pytest.raises(ImportRefused) as caught:
        load(place, text)
    assert all(problem.message for problem in caught.value.problems)
    assert "\n" not in str(caught.value)
    with place.database.read() as db:
        assert members.page(db, actor=BOSS).items == []
    return [(problem.line, problem.column) for problem in caught.value.problems]


def test_a_good_file_makes_members_with_badges_plans_and_certifications(place: Place) -> None:
    assert load(place, GOOD) == 3
    with place.database.read() as db:
        zoe, fatou, _ = members.page(db, actor=BOSS).items
        assert (zoe.display_name, fatou.display_name) == ("Zoé d’Artois", "Sow, Fatou")
        (period,) = subscriptions.page(db, actor=BOSS, member_id=zoe.id).items
        assert period.valid_from == Utc.parse("2025-12-31T23:00:00.000Z")
        assert period.valid_until == Utc.parse("2026-12-31T23:00:00.000Z")
        found = credentials.find(db, "uid:04A1B2C3D4E5F6", vault=VAULT, actor=BOSS)
        assert found is not None
        assert found.member_id == zoe.id
        kept = member_certifications.of_member(db, fatou.id, actor=BOSS)
        assert [
            (certification.certification_id, certification.level) for certification in kept
        ] == [("laser", "accompanied")]
        assert (
            len(member_certifications.history(db, zoe.id, "laser", actor=BOSS, now=place.now)) == 1
        )
        hits = member_search.search(db, "fat", actor=BOSS, now=place.now).items
        assert [hit.id for hit in hits] == [fatou.id]
        assert policy.check_policy(db, place.now) == []
        assert policy.head(db, "here").holders == 2


def test_semicolons_and_a_byte_order_mark_are_read_too(place: Place) -> None:
    assert load(place, "\ufeffdisplay_name;language\nAmina;en\n") == 1


@pytest.mark.parametrize(
    ("line", "column"),
    [
        (",a@b.org,,,,,", "display_name"),
        ("A,not an address,,,,,", "email"),
        ("A,,none,2026-01-01,,,", "plan"),
        ("A,,,2026-01-01,,,", "plan"),
        ("A,,atelier,,,,", "subscription_from"),
        ("A,,atelier,01/02/2026,,,", "subscription_from"),
        ("A,,atelier,2026-02-30,,,", "subscription_from"),
        ("A,,atelier,2026-02-01,2026-01-01,,", "subscription_until"),
        ("A,,,,,04A1B2C,", "badge"),
        ("A,,,,,,none", "certifications"),
        ("A,,,,,,laser|laser", "certifications"),
        ("A,,,,,,laser:trainer", "certifications"),
        ("A,,,,", "display_name"),
        ('"A,,,,,,', "display_name"),
    ],
)
def test_a_broken_line_is_named_with_its_column(place: Place, line: str, column: str) -> None:
    assert refused(place, f"{HEADER}Good,,,,,,\n{line}\n") == [(3, column)]


def test_all_broken_lines_are_named_at_once(place: Place) -> None:
    text = HEADER + "A,x,,,,zz,\nGood,,,,,,\nB,,,,,em:1,\n"
    assert refused(place, text) == [(2, "email"), (2, "badge"), (4, "badge")]


def test_all_that_is_wrong_in_a_line_is_named_at_once(place: Place) -> None:
    text = HEADER + "A,x,none,2026-01-01,,zz,nothing\n"
    columns = ["email", "plan", "badge", "certifications"]
    assert refused(place, text) == [(2, column) for column in columns]


def test_a_badge_stands_once_in_a_file_and_is_nobody_elses(place: Place) -> None:
    badge = "em:0000000001"
    text = f"display_name,badge\nA,{badge}\nB,{badge}\n"
    assert refused(place, text) == [(3, "badge")]
    load(place, f"display_name,badge\nA,{badge}\n")
    with pytest.raises(ImportRefused, match="already belongs to somebody"):
        load(place, f"display_name,badge\nB,{badge}\n")


def test_all_that_is_wrong_with_badges_is_told_in_one_run(place: Place) -> None:
    load(place, "display_name,badge\nA,em:0000000001\n")
    badges = ("zz", "em:0000000002", "em:0000000001", "0000000002", "0000000002", "0000000001")
    text = "display_name,badge\n" + "".join(f"B,{badge}\n" for badge in badges)
    with pytest.raises(ImportRefused) as caught:
        load(place, text)
    assert [(problem.line, problem.reason) for problem in caught.value.problems] == [
        (2, ProblemReason.BADGE),
        (4, ProblemReason.BADGE_GIVEN),
        (5, ProblemReason.BADGE_TWICE),
        (6, ProblemReason.BADGE_TWICE),
        (7, ProblemReason.BADGE_TWICE),
        (7, ProblemReason.BADGE_GIVEN),
    ]


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("0004200274", "em:0004200274"),
        ("04 a1 b2 c3", "uid:04A1B2C3"),
        ("EM:0000000007", "em:0000000007"),
    ],
)
def test_a_badge_is_read_as_in_every_field(place: Place, typed: str, number: str) -> None:
    load(place, f"display_name,badge\nA,{typed}\n")
    with place.database.read() as db:
        assert credentials.find(db, number, vault=VAULT, actor=BOSS) is not None


def test_a_plan_is_taken_by_its_name_too(place: Place) -> None:
    head = "display_name,plan,subscription_from\n"
    load(place, head + "A,ATELIER,2026-01-01\nB,Bureau,2026-01-01\n")
    with place.database.read() as db:
        found = subscriptions.page(db, actor=BOSS).items
    assert {subscription.plan_id for subscription in found} == {"atelier", "bureau"}


def test_two_lines_with_one_address_are_told(place: Place) -> None:
    text = "display_name,email\nA,a@b.org\nB,\nC,A@B.org\n"
    tried = try_members(place.database, text.encode(), vault=VAULT, actor=BOSS, now=place.now)
    assert tried.remarks == [LineRemark(4, Remark.SAME_EMAIL, 2)]


def test_two_lines_with_one_name_are_told_unless_their_addresses_differ(place: Place) -> None:
    text = "display_name,email\nÉlie Roy,a@b.org\nROY  Elie,\nÉlie Roy,c@d.org\nB,b@d\n"
    tried = try_members(place.database, text.encode(), vault=VAULT, actor=BOSS, now=place.now)
    assert tried.remarks == [LineRemark(3, Remark.SAME_NAME, 2), LineRemark(5, Remark.EMAIL)]


@pytest.mark.parametrize(
    ("here", "typed"),
    [
        ("Amina Diallo", "AMINA DIALLO"),
        ("Amina Diallo", "Diallo Amina"),
        ("Amina Diallo", "DIALLO, Amina"),
        ("Émilie Tison", "emilie  tison"),
        ("Zoé d’Artois-Lefèvre", "Zoé d'Artois-Lefèvre"),
        ("Zoé d’Artois-Lefèvre", "ARTOIS LEFEVRE Zoé d"),
        ("Hélène de la Motte-Picquet", "DE LA MOTTE PICQUET Hélène"),
        (
            "Bartholomé van den Heuvel-Oosterhuis de Wit",
            "BARTHOLOMÉ VAN DEN HEUVEL-OOSTERHUIS DE WIT",
        ),
    ],
)
def test_a_person_who_is_here_is_known_by_a_name_that_looks_alike(
    place: Place, here: str, typed: str
) -> None:
    load(place, f"display_name\n{here}\nSomebody Else\n")
    text = f'display_name\n"{typed}"\nReally New\n'.encode()
    tried = try_members(place.database, text, vault=VAULT, actor=BOSS, now=place.now)
    (match,) = tried.possible_duplicates
    assert (match.line, match.name, match.by_email) == (2, here, False)
    assert match.typed == typed
    import_members(place.database, text, vault=VAULT, actor=BOSS, now=place.now, new_only=True)
    with place.database.read() as db:
        names = {member.display_name for member in members.page(db, actor=BOSS).items}
    assert names == {here, "Somebody Else", "Really New"}


def test_the_exact_name_is_shown_before_one_that_looks_alike_and_an_address_before_both(
    place: Place,
) -> None:
    load(
        place, "display_name,email\nDIALLO Amina,\nAmina Diallo,\nA. D.,a@b.org\nAna Roy,c@d.org\n"
    )
    text = b"display_name,email\nAmina Diallo,\nAmina Diallo,a@b.org\nANA ROY,e@f.org\n"
    text += b"Ana-Marie Roy,\n"
    tried = try_members(place.database, text, vault=VAULT, actor=BOSS, now=place.now)
    found = [(match.line, match.name, match.by_email) for match in tried.possible_duplicates]
    assert found == [(2, "Amina Diallo", False), (3, "A. D.", True)]


def test_only_members_whose_names_look_alike_are_read(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(place, "display_name\n" + "".join(f"Anna Nr{n}x\n" for n in range(60)))
    read: list[str] = []

    def counted(name: str) -> str:
        read.append(name)
        return skeleton(name)

    monkeypatch.setattr(search, "skeleton", counted)
    text = b"display_name\nNR7X Anna\nAnna Somebody\n"
    tried = try_members(place.database, text, vault=VAULT, actor=BOSS, now=place.now)
    assert [match.name for match in tried.possible_duplicates] == ["Anna Nr7x"]
    assert {name for name in read if name.startswith("Anna N")} == {"Anna Nr7x"}


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("", "display_name"),
        ("email\n", "display_name"),
        ("display_name,colour\n", "colour"),
        ("display_name,email,email\n", "email"),
    ],
)
def test_a_wrong_header_is_refused(place: Place, header: str, column: str) -> None:
    assert refused(place, header) == [(1, column)]


def test_an_export_can_be_imported_again(place: Place) -> None:
    load(place, GOOD + "=1+1,,,,,,\n")
    with place.database.write() as db:
        text = "".join(export_members(db, "here", actor=BOSS, now=place.now))
    lines = text.splitlines()
    assert lines[0] == ",".join(name for name in COLUMNS if name != "badge")
    assert lines[1] == (
        "Zoé d’Artois,zoe@example.org,fr,,active,atelier,2026-01-01,2026-12-31,"
        "laser:user|rules:user,,,,,,"
    )
    assert lines[4].startswith("'=1+1,")
    assert load(place, text) == 4
    with place.database.read() as db:
        names = Counter(member.display_name for member in members.page(db, actor=BOSS).items)
    assert (len(names), set(names.values())) == (4, {2})


def test_cells_are_no_formulas() -> None:
    for cell in ("=1", "+1", "-1", "@x", "＝1", "'=1"):
        assert defuse(cell) == f"'{cell}"
        assert plain_cell(f" {defuse(cell)} ") == cell
    assert plain_cell("'quoted") == "'quoted"


def test_only_who_may_certify_imports_and_who_may_write_exports(place: Place) -> None:
    with place.database.write() as db:
        desk = place.account(db, "desk", Role.DESK)
        observer = place.account(db, "observer", Role.OBSERVER)
        assert list(export_members(db, "here", actor=desk, now=place.now))
        with pytest.raises(Forbidden):
            export_members(db, "here", actor=observer, now=place.now)
    with pytest.raises(Forbidden):
        load(place, GOOD, desk)


def test_minors_come_with_their_guardian_and_members_with_their_organisations(place: Place) -> None:
    header = (
        "display_name,categories,guardian_name,guardian_phone,guardian_email,organisations,phone,"
        "emergency_contact\n"
    )
    with place.database.write() as db:
        club = organisations.create(
            db,
            NewOrganisation(name=Label(fr="Club Vélo", en="Bike club")),
            actor=BOSS,
            now=place.now,
        )
    text = header + (
        "Léo,minor|student,Ana Roy,+33 6 12 34 56 78,ana@example.org,club ve\u0301lo,06 12,Al 06\n"
        f"Mia,,,,,{club.id},,\n"
    )
    assert load(place, text) == 2
    with place.database.write() as db:
        leo, mia = members.page(db, actor=BOSS).items
        assert leo.guardian == Guardian(
            name="Ana Roy", phone="+33 6 12 34 56 78", email="ana@example.org"
        )
        assert (leo.phone, mia.phone) == ("06 12", None)
        assert (leo.emergency_contact, mia.emergency_contact) == ("Al 06", None)
        assert (leo.organisations, mia.organisations) == ((club.id,), (club.id,))
        lines = "".join(export_members(db, "here", actor=BOSS, now=place.now)).splitlines()
        assert lines[1].endswith(
            ",Ana Roy,'+33 6 12 34 56 78,ana@example.org,Club Vélo,06 12,Al 06"
        )


def test_a_guardian_without_a_phone_and_an_unknown_organisation_are_named(place: Place) -> None:
    header = "display_name,categories,guardian_name,guardian_phone,organisations\n"
    text = header + "Léo,minor,,,\nMia,minor,Ana,maybe,\nEve,,,,Nobody’s\nZed,,Ana,,\n"
    assert refused(place, text) == [
        (3, "guardian_phone"),
        (4, "organisations"),
        (5, "guardian_name"),
    ]


@pytest.mark.parametrize(
    ("encoding", "mark", "separator", "told"),
    [
        ("utf-8", "", ",", "UTF-8"),
        ("utf-8", "\ufeff", ";", "UTF-8"),
        ("latin-1", "", ";", "Windows-1252"),
        ("cp1252", "", ";", "Windows-1252"),
        ("utf-16-le", "\ufeff", "\t", "UTF-16-LE"),
        ("utf-16-be", "\ufeff", ";", "UTF-16-BE"),
        ("utf-16-le", "", ";", "UTF-16-LE"),
    ],
)
def test_what_excel_and_others_write_is_read(
    place: Place, encoding: str, mark: str, separator: str, told: str
) -> None:
    name = "Zoé Lœuvre’s" if encoding != "latin-1" else "Zoé Lefèvre"
    lines = [["display_name", "email"], [name, "zoe@example.org"]]
    text = mark + "".join(separator.join(line) + "\r\n" for line in lines)
    assert load_bytes(place, text.encode(encoding)).encoding == told
    with place.database.read() as db:
        assert [member.display_name for member in members.page(db, actor=BOSS).items] == [name]


@pytest.mark.parametrize(
    ("data", "line", "says"),
    [
        (b"display_name\nA\nB\x00C\n", 3, "U\\+0000"),
        (b"display_name\nA\n\x81\n", 3, "bytes 81 are not text in Windows-1252: save the file"),
        (b"PK\x03\x04" + bytes(40), 1, "workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1" + bytes(40), 1, "workbook"),
        (b"\xff\xfed\x00i\x00s\x00\x00", 1, "UTF-16-LE"),
        (bytes(range(256)) * 4, 2, "not text in UTF-8: save the file"),
    ],
)
def test_what_is_no_text_is_refused_with_its_line_and_what_to_do(
    place: Place, data: bytes, line: int, says: str
) -> None:
    with pytest.raises(ImportRefused, match=says) as caught:
        load_bytes(place, data)
    assert [problem.line for problem in caught.value.problems] == [line]


def test_no_name_holds_nul_whatever_it_comes_through(place: Place) -> None:
    with pytest.raises(Invalid, match="display_name: the character U\\+0000 is not allowed"):
        parse({"display_name": "a\0b"}, NewMember)


def test_a_line_that_no_longer_holds_stops_the_import_and_says_where(place: Place) -> None:
    """Its badge is given to somebody else after the file was looked through."""
    text = "display_name,badge\n" + "".join(f"P{n},em:{n:010d}\n" for n in range(4))

    def meanwhile(what: str, count: int) -> None:
        if (what, count) == ("stored", 2):
            load(place, "display_name,badge\nOther,em:0000000003\n")

    with pytest.raises(
        ImportStopped, match=r"2 of 4 imported \(up to line 3\), nothing from line 4 on"
    ):
        import_members(
            place.database,
            text.encode(),
            vault=VAULT,
            actor=BOSS,
            now=place.now,
            progress=meanwhile,
            first=2,
        )
    with place.database.read() as db:
        names = sorted(member.display_name for member in members.page(db, actor=BOSS).items)
        assert names == ["Other", "P0", "P1"]
        assert policy.check_policy(db, place.now) == []

"""Files that were made to keep their reader busy, or to fill its memory."""

import sqlite3
import zipfile
from io import BytesIO

SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_PARTS = {
    "[Content_Types].xml": (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels"'
        ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/xl/workbook.xml" ContentType="application/'
        'vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
        '<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/'
        'vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
        '<Override PartName="/xl/sharedStrings.xml" ContentType="application/'
        'vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>'
    ),
    "_rels/.rels": (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        'relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/_rels/workbook.xml.rels": (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        'relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        f'<workbook {_MAIN} xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/'
        'relationships"><sheets><sheet name="A" sheetId="1" r:id="r1"/></sheets></workbook>'
    ),
}


def workbook(rows: str, strings: str = "", before: str = "", claims: int = 0) -> bytes:
    """Of these rows and shared strings, as XML; `claims`: the bytes that it says its sheet has."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        for name, text in _PARTS.items():
            packed.writestr(name, text)
        packed.writestr(STRINGS, f"<sst {_MAIN}>{strings}</sst>")
        sheet = f"{before}<worksheet {_MAIN}><sheetData>{rows}</sheetData></worksheet>"
        packed.writestr(SHEET, sheet)
        if claims:
            packed.getinfo(SHEET).file_size = claims
    return file.getvalue()


def row(number: int, cells: str) -> str:
    return f'<row r="{number}">{cells}</row>'


def text(place: str, said: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{said}</t></is></c>'


HEADINGS = row(1, text("A1", "Nom") + text("B1", "E-mails"))


def last_row() -> bytes:
    return workbook(HEADINGS + row(1_048_576, text("A1048576", "x")))


def wide() -> bytes:
    """16,384 columns: only the last cell has something in it, in many rows."""
    return workbook("".join(row(n, text(f"XFD{n}", "x")) for n in range(1, 50_000)))


def one_string_in_every_cell() -> bytes:
    """A megabyte that a thousand cells share."""
    cells = "".join(row(n, f'<c r="A{n}" t="s"><v>0</v></c>') for n in range(2, 1000))
    return workbook(HEADINGS + cells, f"<si><t>{'x' * 1_000_000}</t></si>")


def many_cells() -> bytes:
    cells = "<c><v>1</v></c>" * 150
    return workbook("".join(row(n, cells) for n in range(1, 3600)))


def nested() -> bytes:
    return workbook("<a>" * 5_000_000)


def laughs() -> bytes:
    """Entities of entities."""
    declared = '<!ENTITY a0 "ha">' + "".join(
        f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)
    )
    return workbook(row(1, text("A1", "&a9;")), before=f"<!DOCTYPE x [{declared}]>")


def ten_gigabytes() -> bytes:
    return workbook(HEADINGS, claims=10 * 1024**3)


def a_lie_about_its_size() -> bytes:
    """It says that it has a hundred bytes, and has fifty million."""
    return workbook(HEADINGS + " " * 50_000_000, claims=100)


_OTHER_TABLES = """
    CREATE TABLE roles (role_id, authorize_all, reserved);
    CREATE TABLE machine_types (type_id, access_management);
    CREATE TABLE machines (machine_id, machine_name, machine_type_id, blocked);
    CREATE TABLE authorizations (user_id, machine_id);
    INSERT INTO roles VALUES (1, 0, 0);"""


def database(users: str) -> bytes:
    """A FabOMatic's, whose table of users is another."""
    db = sqlite3.connect(":memory:")
    db.executescript(_OTHER_TABLES)
    db.executescript(users)
    data = db.serialize()
    db.close()
    return data


def slow_columns() -> bytes:
    """A column that makes megabytes in each row; it is put into the schema once the rows stand."""
    slow = " + ".join(["length(replace(hex(zeroblob(240000 + user_id)), ''0'', ''00''))"] * 40)
    return database(
        """
    CREATE TABLE users (user_id INTEGER PRIMARY KEY, surname, email, "card_UUID", disabled, deleted,
      role_id, name GENERATED ALWAYS AS (4321) VIRTUAL);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
      INSERT INTO users (user_id, role_id) SELECT i, 1 FROM n;
    PRAGMA writable_schema = ON;
    UPDATE sqlite_master SET sql = replace(sql, '4321', 'SLOW');""".replace("SLOW", slow)
    )


def endless_view() -> bytes:
    return database("""CREATE VIEW users AS WITH RECURSIVE
      n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
      SELECT i AS user_id, '' AS name, '' AS surname, '' AS email, '' AS "card_UUID",
        0 AS disabled, 0 AS deleted, 1 AS role_id FROM n;""")


def huge_blob() -> bytes:
    return database("""
    CREATE TABLE users (user_id, name, surname, email, "card_UUID", disabled, deleted, role_id);
    INSERT INTO users VALUES (1, zeroblob(30000000), '', '', '', 0, 0, 1);""")


def many_users() -> bytes:
    return database("""
    CREATE TABLE users (user_id INTEGER PRIMARY KEY, name, surname, email, "card_UUID", disabled,
      deleted, role_id);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100001)
      INSERT INTO users (user_id, role_id) SELECT i, 1 FROM n;""")


def everybody_may_everything() -> bytes:
    """A small file; all rights, written out, are a hundred times larger."""
    return database("""
    UPDATE roles SET authorize_all = 1;
    CREATE TABLE users (user_id INTEGER PRIMARY KEY, name, surname, email, "card_UUID", disabled,
      deleted, role_id);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
      INSERT INTO users (user_id, role_id) SELECT i, 1 FROM n;
    INSERT INTO machines SELECT user_id, 'm' || user_id, NULL, 0 FROM users;""")

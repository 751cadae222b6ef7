"""No form of any page stores a text with a control character, in whatever field it stands."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import pytest

from tests.security.web.conftest import Furnished
from tests.security.web.junk import forms
from tests.security.web.place import BOSS, Place
from tests.support.parsed import Form

pytestmark = pytest.mark.timeout(1800)

CONTROLS = ("\u202e", "\x1b", "\r", "\u2028")
MARK = "Qz%dqZ"
HAS = 'instr(CAST("{}" AS TEXT), ?1)'


def spoilt_fields(form: Form) -> Iterator[tuple[str, dict[str, str]]]:
    """What it sends with one of its fields spoilt, for each field: chosen and hidden ones too."""
    sent = form.fields("Essai", next(form.presses(), None))
    for name in sent:
        yield name, sent


@cache
def columns(file: Path) -> dict[str, list[str]]:
    """Those of each table."""
    with closing(sqlite3.connect(file)) as db:
        found = db.execute(
            "SELECT t.name, c.name FROM sqlite_master t, pragma_table_info(t.name) c"
            " WHERE t.type = 'table'"
        )
        return {
            table: [column for _table, column in rows]
            for table, rows in groupby(found, key=itemgetter(0))
        }


def stored(file: Path, *texts: str) -> list[str]:
    """The tables in which one of these texts stands, in any column, as it is or within JSON."""
    with closing(sqlite3.connect(file)) as db:
        return [
            table
            for table, names in columns(file).items()
            for text in texts
            if db.execute(
                f'SELECT 1 FROM "{table}" WHERE {" OR ".join(map(HAS.format, names))} LIMIT 1',  # noqa: S608
                (text,),
            ).fetchone()
        ]


def test_what_is_stored_is_found(tmp_path: Path) -> None:
    file = tmp_path / "some.db"
    with closing(sqlite3.connect(file)) as db:
        db.execute("CREATE TABLE one (id INTEGER, name TEXT)")
        db.execute("CREATE TABLE two (id INTEGER, body BLOB)")
        db.execute("INSERT INTO two VALUES (1, ?)", (b'{"a": "Qz1qZ\x1bx"}',))
        db.commit()
    assert stored(file, "Qz1qZ\x1bx") == ["two"]
    assert stored(file, "Qz2qZ") == []


def test_no_form_stores_a_control_character(place: Place, furnished: Furnished) -> None:
    """What is refused may be anything; what is stored has none, in no column of the database.

    A field that keeps no plain text keeps none with a character in it: it is sent one, in turn.
    """
    visitor = place.visitor(BOSS)
    token, wrong, kept, moved = visitor.token(), list[str](), 0, 0

    def send(form: Form, sent: dict[str, str], name: str, text: str) -> bool:
        """Whether anything was stored then."""
        answer, _page = visitor.send(form.action, sent | {name: text, "csrf_token": token})
        if answer.status_code >= 500:
            wrong.append(f"{form.action} {name} {text!r}: {answer.status}")
        return place.watch.has_moved()

    fields = [(form, *found) for form in forms(furnished) for found in spoilt_fields(form)]
    for number, (form, name, sent) in enumerate(fields):
        head = MARK % number
        is_kept = send(form, sent, name, f"{head}x") and stored(place.watch.file, f"{head}x")
        place.watch.put_back()
        kept += bool(is_kept)
        for control in CONTROLS if is_kept else CONTROLS[number % len(CONTROLS) :][:1]:
            if not send(form, sent, name, f"{head}{control}x"):
                continue
            moved += 1
            escaped = control.encode("unicode_escape").decode().replace("\\x", "\\u00")
            texts = {f"{head}{control}x", f"{head}{escaped}x", f"{head}\\rx"}
            for table in stored(place.watch.file, *texts):
                wrong.append(f"{form.action} {name} {control!r}: {table}")
            place.watch.put_back()
    assert len(fields) > 250
    assert kept > 50, "texts are kept, so what keeps them is tried"
    assert moved > 10, "some are taken, without the character"
    assert not wrong, "\n".join(wrong)

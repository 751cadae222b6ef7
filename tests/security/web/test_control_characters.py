"""No form of any page stores a text with a control character, in whatever field it stands."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.security.web.conftest import Furnished
from tests.security.web.junk import forms
from tests.security.web.place import BOSS, Place
from tests.support.parsed import Form

pytestmark = pytest.mark.timeout(1800)

CONTROLS = ("\u202e", "\x1b", "\r", "\u2028")
MARK = "Qz%dqZ"


def spoilt_fields(form: Form) -> Iterator[tuple[str, dict[str, str]]]:
    """What it sends with one of its fields spoilt, for each field: chosen and hidden ones too."""
    sent = form.fields("Essai", next(form.presses(), None))
    for name in sent:
        yield name, sent


def stored(file: Path, text: str) -> list[str]:
    """The columns in which a text stands, as it is or within JSON."""
    found = []
    with sqlite3.connect(file) as db:
        tables = [
            name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type='table'")
        ]
        for table in tables:
            columns = [row[1] for row in db.execute(f'PRAGMA table_info("{table}")')]
            for column in columns:
                has = f'SELECT 1 FROM "{table}" WHERE instr(CAST("{column}" AS TEXT), ?) LIMIT 1'  # noqa: S608
                if db.execute(has, (text,)).fetchone():
                    found.append(f"{table}.{column}")
    db.close()
    return found


def test_no_form_stores_a_control_character(place: Place, furnished: Furnished) -> None:
    """What is refused may be anything; what is stored has none, in no column of the database."""
    visitor = place.visitor(BOSS)
    token, wrong, count, number, moved = visitor.token(), list[str](), 0, 0, 0
    for form in forms(furnished):
        for name, sent in spoilt_fields(form):
            number += 1
            for control in CONTROLS:
                head = MARK % number
                spoilt = {name: f"{head}{control}x", "csrf_token": token}
                answer, _page = visitor.send(form.action, sent | spoilt)
                count += 1
                if answer.status_code >= 500:
                    wrong.append(f"{form.action} {name} {control!r}: {answer.status}")
                if not place.watch.has_moved():
                    continue
                moved += 1
                escaped = control.encode("unicode_escape").decode().replace("\\x", "\\u00")
                for text in {f"{head}{control}x", f"{head}{escaped}x", f"{head}\\rx"}:
                    for where in stored(place.watch.file, text):
                        wrong.append(f"{form.action} {name} {control!r}: {where}")
                place.watch.put_back()
    assert count > 500
    assert moved > 10, "some are taken, without the character"
    assert not wrong, "\n".join(wrong)

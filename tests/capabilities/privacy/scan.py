"""Look for words everywhere: in every column of every table, and in the bytes of files."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import MetaData, select

from controller.kernel.database import Database
from controller.store.packed_event import shorten, unpack


def in_rows(database: Database, words: Iterable[str]) -> set[tuple[str, str, str]]:
    """Table, column and word of all that is found; of whatever tables there are."""
    wanted = {word: _spellings(word) for word in words}
    found = set()
    for table, column, value in _values(database):
        text = _bytes(value)
        for word, spellings in wanted.items():
            if any(spelling in text for spelling in spellings):
                found.add((table, column, word))
    return found


def in_files(folder: Path, words: Iterable[str]) -> set[tuple[str, str]]:
    """Name of the file, and word."""
    wanted = {word: _spellings(word) for word in words}
    return {
        (file.name, word)
        for file in folder.iterdir()
        if file.is_file()
        for word, spellings in wanted.items()
        if any(spelling in file.read_bytes().lower() for spelling in spellings)
    }


def _values(database: Database) -> Iterator[tuple[str, str, Any]]:
    found = MetaData()
    found.reflect(database.engine)  # what is really there, whatever the models say
    with database.engine.connect() as connection:
        for table in found.sorted_tables:
            for row in connection.execute(select(table)):
                for column, value in row._mapping.items():
                    yield table.name, str(column), value
                    if str(column) == "body" and table.name == "event" and value is not None:
                        yield "event", "body", unpack(value, b"", "")


def _bytes(value: Any) -> bytes:
    if isinstance(value, bytes | memoryview):
        return bytes(value).lower()
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False).lower().encode()
    return str(value).lower().encode()


def _spellings(word: str) -> set[bytes]:
    """As UTF-8, as JSON escapes it, folded as search does, as events hold ids; in lower case."""
    lower = word.lower()
    plain = lower.replace("é", "e")
    short = shorten(word.encode())
    spelled = {lower.encode(), json.dumps(lower)[1:-1].encode(), plain.encode()}
    return spelled if short is None else {*spelled, short.lower()}

"""Organisations and projects by their name: a site has hundreds, not a hundred thousand."""

import unicodedata
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from controller.capabilities.organisations.models import OrganisationRow, ProjectRow
from controller.kernel.paging import Cursor

LONGEST = 80
"""Characters of what is searched."""
Named = type[OrganisationRow] | type[ProjectRow]


def name_condition(
    db: Session, model: Named, search: str, cursor: Cursor, *where: ColumnElement[bool]
) -> ColumnElement[bool]:
    """The condition that a name has each of these words, in whatever case and with whatever
    accents; met by one row more than the page asks for, at most."""
    names = select(model.id, model.name).where(*where).order_by(model.id)
    if cursor.after is not None:
        names = names.where(model.id > cursor.after)
    rows = ((row.id, row.name) for row in db.execute(names))
    return model.id.in_(list(islice(_having(rows, search), cursor.limit + 1)))


def _having(rows: Iterator[tuple[str, Mapping[str, Any]]], search: str) -> Iterator[str]:
    words = plain(search[:LONGEST]).split()
    for key, name in rows:
        text = plain(" ".join(filter(None, name.values())))
        if all(word in text for word in words):
            yield key


def plain(text: str) -> str:
    """In lower case without accents."""
    spread = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in spread if not unicodedata.combining(character))

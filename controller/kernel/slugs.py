"""An id that people can read, made of a name."""

import re
import unicodedata
from typing import Any

from sqlalchemy.orm import Session

_LONGEST = 50


def slug_of(name: str) -> str:
    """`Découpe laser CO₂` as `decoupe-laser-co2`; `x` of a name without letters or digits."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST].rstrip("-") or "x"


def unused_slug(db: Session, table: type[Any], name: str) -> str:
    """The same, with a number at its end where another row of that table has it already."""
    slug, number = slug_of(name), 1
    while db.get(table, slug if number == 1 else f"{slug}-{number}") is not None:
        number += 1
    return slug if number == 1 else f"{slug}-{number}"

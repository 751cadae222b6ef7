"""Readable ids made from names."""

import re
from typing import Any

from sqlalchemy.orm import Session

from controller.kernel.privacy.names import fold

_MAX_CHARACTERS = 50


def slug_of(name: str) -> str:
    """Return a slug of a name: `Découpe laser CO₂ de Nœux` gives `decoupe-laser-co2-de-noeux`.

    `x` for a name without letters or digits.
    """
    plain = fold(name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_MAX_CHARACTERS].rstrip("-") or "x"


def unused_slug(db: Session, table: type[Any], name: str) -> str:
    """Return the slug of a name, with a number appended if another row of that table has it."""
    slug, number = slug_of(name), 1
    while db.get(table, slug if number == 1 else f"{slug}-{number}") is not None:
        number += 1
    return slug if number == 1 else f"{slug}-{number}"

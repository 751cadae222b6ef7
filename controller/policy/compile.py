"""Compiles rows of a site's policy from the features' facts, reading columns instead of objects."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy.orm import Session

from controller.domain.time import Utc
from controller.kernel.facts import FactKind, Fields, Keys, Values
from controller.policy.invalidation import facts_of_house
from controller.policy.reading import chunks


def compile_rows(db: Session, kind: str, site_id: str, keys: list[str] | None, now: Utc) -> Values:
    """Return the values of these facts by row key; None for deleted ones.

    `keys` None: all facts.
    """
    fact_kind = facts_of_house(db).rows[kind]
    fields_by_key = read_fields(db, kind, site_id, keys, now)
    if fact_kind.expand is None:
        compiled = {key: fact_kind.value(**fields) for key, fields in fields_by_key.items()}
        return compiled if keys is None else {key: compiled.get(key) for key in keys}
    return {
        key: fact_kind.value(**(row_key | fields_by_key[fact])) if fact in fields_by_key else None
        for fact, key, row_key in fact_kind.expand(
            db, list(fields_by_key) if keys is None else keys
        )
    }


def read_fields(db: Session, kind: str, site_id: str, keys: Keys, now: Utc) -> Fields:
    """Return the fields of the existing facts among these: the feature's own, and parts of
    others."""
    facts = facts_of_house(db)
    fields_by_key = facts.rows[kind].read(db, site_id, keys, now)
    for read_part in facts.parts.get(kind, ()) if fields_by_key else ():
        for key, added in read_part(db, site_id, list(fields_by_key), now).items():
            fields_by_key[key].update(added)
    return fields_by_key


def compile_for_agents(
    db: Session, kind: str, site_id: str, keys: list[str] | None, now: Utc
) -> Values:
    """Return the compiled rows under the keys that the site's agents use."""
    facts = facts_of_house(db)
    values, table = compile_rows(db, kind, site_id, keys, now), facts.rows[kind].table or kind
    if facts.key_mapping is None or table not in facts.key_mapping.tables or not values:
        return values
    return facts.key_mapping.tables[table](db, site_id, values)


def compile_all(
    db: Session, fact_kind: FactKind, site_id: str, now: Utc
) -> Iterator[tuple[str, Any]]:
    """Yield row key and value of everything that the site's agents have, in batches that fit in
    memory."""
    site_keys = fact_kind.site_keys
    batches = [None] if site_keys is None else chunks(db.scalars(site_keys(site_id)))
    for keys in batches:
        for key, value in compile_for_agents(db, fact_kind.kind, site_id, keys, now).items():
            if value is not None:
                yield key, value

"""Finds the names behind opaque references, for pages whose readers may see them."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from sqlalchemy.orm import Session

Person = tuple[str | None, str]
"""A member's id (None for a group) and the name."""


@dataclass(frozen=True, slots=True)
class Names:
    """How a feature finds names: by ids of its kind (`member:ID`), and by member references."""

    kind: str
    by_id: Callable[[Session, Collection[str]], dict[str, str]] | None = None
    by_member_ref: Callable[[Session, Collection[str]], dict[str, Person]] | None = None


def names_of(db: Session, refs: Iterable[str]) -> dict[str, str]:
    """Return a name for each reference (`account:ID`, `token:ID`, `member:ID`).

    It is the member's name, else the login; for a token whose account has no member, the token's
    own name. References to erased records are left out.
    """
    by_kind: dict[str, set[str]] = {}
    for ref in refs:
        kind, _, key = ref.partition(":")
        by_kind.setdefault(kind, set()).add(key)
    return {
        f"{names.kind}:{key}": name
        for names in _all_names(db)
        if names.by_id is not None and (keys := by_kind.get(names.kind))
        for key, name in names.by_id(db, keys).items()
    }


def short_login(name: str) -> str:
    """Return a short form of a login: the part before the @."""
    return name.partition("@")[0] or name


def members_of(db: Session, refs: Iterable[str | None]) -> dict[str, Person]:
    """Return the member's id and name for each member reference; for a group None and its name."""
    missing = {ref for ref in refs if ref}
    people: dict[str, Person] = {}
    for names in _all_names(db):
        if names.by_member_ref is not None and missing:
            people |= names.by_member_ref(db, missing)
            missing -= people.keys()
    return people


def _all_names(db: Session) -> tuple[Names, ...]:
    names: tuple[Names, ...] = db.info["house"].names
    return names

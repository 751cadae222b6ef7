"""Holders and cards as a site's agents know them: under keys that its own key makes (0196).

What the house knows under a badge's holder key stands in a site's policy under that site's. The two
are kept side by side (`credential_at`), so that a hub compiles without any key; they are written
where the keys are, in the transaction that makes a badge or makes somebody known at a site.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec.structs import replace
from sqlalchemy import delete, exists, insert, select
from sqlalchemy.orm import Session

from controller.capabilities.badges.models import CredentialAt, CredentialRow, SiteKeyRow
from controller.capabilities.badges.site_keys import generations, opened, vault_at_hand
from controller.capabilities.badges.vault import Vault, VaultError
from controller.domain.ids import HolderKey
from controller.kernel.facts import KnownAs, Values
from controller.wire.card_wrapping import WrapBroken, unwrap_door_key, wrap_door_key

Names = dict[int, str]
"""By generation."""


def _holders(db: Session, site_id: str, values: Values) -> Values:
    rows = generations(db, site_id)
    if not rows:
        return values
    known = _known(db, rows, list(values))
    return {key: value for _, _, key, value in _each(rows, known, values)}


def _cards(db: Session, site_id: str, values: Values) -> Values:
    rows = generations(db, site_id)
    if not rows:
        return values
    known = _known(db, rows, list(values))
    wrapped = _wrapped(db, rows, known, values)
    found: Values = {}
    for ours, generation, key, value in _each(rows, known, values):
        if value is None or key == ours:
            found[key] = value
        elif (anew := wrapped.get((generation, value.key))) is not None:
            found[key] = replace(value, key=anew)
    return found


def _each(
    rows: Sequence[SiteKeyRow], known: Mapping[str, Names], values: Values
) -> Iterator[tuple[str, int, str, Any]]:
    """The house's key, a generation, the key there, and its value: None where it is no more.

    What is no more comes first, so that a key that still counts is not taken away again.
    """
    for ours in (key for key, value in values.items() if value is None):
        yield ours, 0, ours, None
    for row in sorted(rows, key=lambda each: each.ended_at is None):
        for ours, value in values.items():
            key = known[ours].get(row.generation)
            if key is not None:
                yield ours, row.generation, key, None if row.ended_at else value


def _known(db: Session, rows: Sequence[SiteKeyRow], keys: Sequence[str]) -> dict[str, Names]:
    """What these are called in each generation; left out where nobody here can say."""
    found: dict[str, Names] = {key: {} for key in keys}
    site_id, own = rows[0].site_id, [row for row in rows if row.sealed is not None]
    for row in rows:
        if row.sealed is None:
            for key in keys:
                found[key][row.generation] = key
    at = CredentialAt.__table__.c
    stored = select(at.ours, at.generation, at.theirs).where(
        at.site_id == site_id, at.ours.in_(keys)
    )
    for each in db.execute(stored):
        found[each.ours][each.generation] = each.theirs
    live = [row for row in own if row.ended_at is None]
    lacking = [key for key in keys if any(row.generation not in found[key] for row in live)]
    for key, row, name in _named(db, live, found, lacking):
        found[key][row.generation] = name
    return found


def _named(
    db: Session, live: Sequence[SiteKeyRow], found: Mapping[str, Names], keys: Sequence[str]
) -> Iterator[tuple[str, SiteKeyRow, str]]:
    """Names that are missing, made of the numbers where the keys are at hand, and kept."""
    if not keys:
        return
    vault, columns = vault_at_hand(db), CredentialRow.__table__.c
    own = [(row, None if vault is None else opened(row, vault)) for row in live]
    new: list[dict[str, object]] = []
    badges = select(columns.id, columns.holder_key, columns.sealed)
    for badge in db.execute(badges.where(columns.holder_key.in_(keys))).all():
        number = _number(vault, badge.sealed, badge.id)
        for row, key in own:
            if row.generation in found[badge.holder_key]:
                continue
            if not badge.sealed:  # taken over from a reader, which told its name and no number
                yield badge.holder_key, row, badge.holder_key
            elif number is not None and key is not None:
                name = key.name(number)
                new.append(_row(row, badge.holder_key, name, badge.holder_key))
                yield badge.holder_key, row, name
    if new:
        db.execute(insert(CredentialAt), new)


def _number(vault: Vault | None, sealed: bytes, row_id: str) -> Any:
    if vault is None or not sealed:
        return None
    try:
        return vault.open(sealed, row_id)
    except VaultError:  # its place was restored without its keys: it is known nowhere then
        return None


def _wrapped(
    db: Session, rows: Sequence[SiteKeyRow], known: Mapping[str, Names], values: Values
) -> dict[tuple[int, str], str]:
    """The cards' keys as each generation has them, by generation and ours."""
    ours = {value.key: holder for holder, value in values.items() if value is not None}
    at = CredentialAt.__table__.c
    stored = select(at.generation, at.ours, at.theirs).where(
        at.site_id == rows[0].site_id, at.ours.in_(list(ours))
    )
    found = {(each.generation, each.ours): each.theirs for each in db.execute(stored)}
    new = []
    for row in rows:
        for key, holder in ours.items():
            theirs = known[holder].get(row.generation)
            if row.ended_at or theirs in (None, holder) or (row.generation, key) in found:
                continue
            anew = _wrapped_anew(db, row, HolderKey(holder), key, HolderKey(str(theirs)))
            if anew is not None:
                found[row.generation, key] = anew
                new.append(_row(row, key, anew, holder))
    if new:
        db.execute(insert(CredentialAt), new)
    return found


def _wrapped_anew(
    db: Session, row: SiteKeyRow, holder: HolderKey, key: str, theirs: HolderKey
) -> str | None:
    vault = vault_at_hand(db)
    if vault is None:
        return None
    try:
        plain = unwrap_door_key(vault.credential_key, holder, key)
    except WrapBroken:
        return None
    return wrap_door_key(opened(row, vault).key, theirs, plain)


def wrap_ahead(db: Session, holder: str, key: str, vault: Vault) -> None:
    """Have a card's key ready for all sites that know its badge: a hub may have to tell them."""
    for row in db.scalars(select(SiteKeyRow).where(SiteKeyRow.ended_at.is_(None))):
        where = {"site_id": row.site_id, "generation": row.generation}
        theirs = db.get(CredentialAt, where | {"ours": holder})
        there = db.get(CredentialAt, where | {"ours": key})
        if theirs is None or there is not None:
            continue
        plain = unwrap_door_key(vault.credential_key, HolderKey(holder), key)
        wrapped = wrap_door_key(opened(row, vault).key, HolderKey(theirs.theirs), plain)
        db.add(CredentialAt(**_row(row, key, wrapped, holder)))


def _row(row: SiteKeyRow, ours: str, theirs: str, holder: str) -> dict[str, object]:
    return {
        "site_id": row.site_id,
        "generation": row.generation,
        "ours": ours,
        "theirs": theirs,
        "holder_key": holder,
    }


def _gone(db: Session, keys: Sequence[str]) -> set[str]:
    """What sites called these badges; forgotten for those that are no more."""
    at = CredentialAt
    theirs = select(at.theirs).where(at.holder_key.in_(keys), at.ours == at.holder_key)
    found = set(db.scalars(theirs))
    is_there = exists().where(CredentialRow.holder_key == at.holder_key)
    db.execute(delete(at).where(at.holder_key.in_(keys), ~is_there))
    return found


def house_key(db: Session, site_id: str, key: HolderKey) -> HolderKey:
    """What the house calls the badge that an agent of that site calls so."""
    at = CredentialAt
    found = db.scalar(select(at.holder_key).where(at.site_id == site_id, at.theirs == key).limit(1))
    return HolderKey(found) if found else key


def every_name(db: Session, keys: Sequence[str]) -> list[str]:
    """These, and what agents of any site call them or did."""
    at = CredentialAt
    theirs = select(at.theirs).where(at.holder_key.in_(keys), at.ours == at.holder_key)
    return [*keys, *db.scalars(theirs)]


KNOWN_AS = KnownAs(tables={"holder": _holders, "card": _cards}, gone=_gone)

"""Maps the installation's keys of holders and cards to those of each site (decision 0196).

A badge is stored under the installation's holder key; a site with a credential key of its own has
it in its policy under another one. The table `credential_at` has both, so that a hub can compile a
policy without any key. Its rows are written where the keys are, in the transaction that adds a
badge or makes a member known at a site. In this module *ours* is the installation's key, *theirs*
that of a site's agents; a *name* is a site's holder key.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from msgspec.structs import replace
from sqlalchemy import CompoundSelect, Row, Select, delete, exists, insert, select, union_all
from sqlalchemy.orm import Session

from controller.capabilities.badges.models import CredentialAt, CredentialRow, SiteKeyRow
from controller.capabilities.badges.site_keys import SiteKey, generations, open_key, process_vault
from controller.capabilities.badges.vault import Vault, VaultError
from controller.domain.ids import CredentialId, HolderKey
from controller.kernel.facts import KeyMapping, Values
from controller.policy.reading import chunks
from controller.wire.card_wrapping import WrapBroken, unwrap_door_key, wrap_door_key

Names = dict[int, str]
"""A badge's keys at a site, by generation of the site's credential key."""


def _holders(db: Session, site_id: str, values: Values) -> Values:
    rows = _counting(db, site_id)
    if not rows:
        return values
    known = _known(db, rows, values)
    return {key: value for _, _, key, value in _each(rows, known, values)}


def _cards(db: Session, site_id: str, values: Values) -> Values:
    rows = _counting(db, site_id)
    if not rows:
        return values
    known = _known(db, rows, values)
    wrapped = _wrapped(db, rows, known, values)
    found: Values = {}
    for ours, generation, key, value in _each(rows, known, values):
        if value is None or key == ours:
            found[key] = value
        else:  # a wrapped key of before must not stay: the card's proof would fail
            anew = wrapped.get((generation, value.key))
            found[key] = None if anew is None else replace(value, key=anew)
    return found


def _counting(db: Session, site_id: str) -> list[SiteKeyRow]:
    """Return the generations under which the site's policy has rows, or may have."""
    return [row for row in generations(db, site_id) if row.cleared_at is None]


def _each(
    rows: Sequence[SiteKeyRow], known: Mapping[str, Names], values: Values
) -> Iterator[tuple[str, int, str, Any]]:
    """Yield the installation's key, the generation, the key at the site, and the value or None.

    Removed values come first, so that they do not remove a key that is still in use.
    """
    for ours in (key for key, value in values.items() if value is None):
        yield ours, 0, ours, None
    for row in sorted(rows, key=lambda row: row.ended_at is None):
        for ours, value in values.items():
            key = known[ours].get(row.generation)
            if key is not None:
                yield ours, row.generation, key, None if row.ended_at else value


def _known(db: Session, rows: Sequence[SiteKeyRow], values: Values) -> dict[str, Names]:
    """Return the site's keys of these badges in each generation, where they can be derived.

    Only badges with a value get new keys: a member who is unknown to the site has none there.
    """
    found: dict[str, Names] = {key: {} for key in values}
    for row in rows:
        if row.sealed is None:
            for key in values:
                found[key][row.generation] = key
    for generation, ours, theirs in _stored(db, rows[0].site_id, list(values)):
        found[ours][generation] = theirs
    live = [row for row in rows if row.sealed is not None and row.ended_at is None]
    lacking = [
        key
        for key, value in values.items()
        if value is not None and any(row.generation not in found[key] for row in live)
    ]
    for key, generation, name in _named(db, live, found, lacking) if lacking else ():
        found[key][generation] = name
    return found


def _stored(db: Session, site_id: str, ours: Sequence[str]) -> Iterable[Row[int, str, str]]:
    at = CredentialAt.__table__.c
    columns = select(at.generation, at.ours, at.theirs)
    return db.execute(columns.where(at.site_id == site_id, at.ours.in_(ours)))


def _named(
    db: Session, live: Sequence[SiteKeyRow], found: Mapping[str, Names], keys: Sequence[str]
) -> Iterator[tuple[str, int, str]]:
    """Derive missing keys from the badges' numbers, if the keys are available here, and store them.

    A key that another badge has already, because it was added by a reader's key, is not used again.
    """
    vault, columns = process_vault(db), CredentialRow.__table__.c
    own = _opened(live, vault)
    read = select(columns.id, columns.holder_key, columns.sealed, columns.card_next)
    new: list[dict[str, object]] = []
    for badge in db.execute(read.where(columns.holder_key.in_(keys))).all():
        ours = badge.holder_key
        if not badge.sealed:  # added by a reader's key, so its number is unknown
            for row in live:
                yield ours, row.generation, ours
            continue
        number = _number(vault, badge.sealed, badge.id)
        if vault is None or number is None:
            continue
        for row, key in own:
            if row.generation not in found[ours]:
                name = key.name(number)
                new.append(_row(row, ours, name, ours))
                new += _coming(vault, row, key, ours, badge.card_next, name)
    taken = _taken(
        db, [str(mapping["theirs"]) for mapping in new if mapping["ours"] == mapping["holder_key"]]
    )
    bad = {mapping["holder_key"] for mapping in new if mapping["theirs"] in taken}
    kept = [mapping for mapping in new if mapping["holder_key"] not in bad]
    if kept:
        db.execute(insert(CredentialAt), kept)
    for mapping in kept:
        if mapping["ours"] == mapping["holder_key"]:
            yield str(mapping["ours"]), int(str(mapping["generation"])), str(mapping["theirs"])


def _coming(
    vault: Vault,
    row: SiteKeyRow,
    key: SiteKey,
    holder: str,
    following: Mapping[str, Any] | None,
    name: HolderKey,
) -> Iterator[dict[str, object]]:
    """Yield rows for the keys that are being written to a card, which a hub may have to
    announce."""
    if following and following.get("key"):
        ours = str(following["key"])
        with suppress(WrapBroken):
            yield _row(row, ours, _anew(vault, key, holder, ours, name), holder)


def _taken(db: Session, names: Sequence[str]) -> set[str]:
    found = select(CredentialRow.holder_key).where(CredentialRow.holder_key.in_(names))
    return set(db.scalars(found)) if names else set()


def _opened(rows: Sequence[SiteKeyRow], vault: Vault | None) -> list[tuple[SiteKeyRow, SiteKey]]:
    """Return the rows with their keys.

    Leaves out those that were encrypted with another `card.key`; `loquet doctor` reports them.
    """
    found: list[tuple[SiteKeyRow, SiteKey]] = []
    if vault is None:
        return found
    for row in rows:
        with suppress(VaultError):
            found.append((row, open_key(row, vault)))
    return found


def _number(vault: Vault | None, sealed: bytes, row_id: str) -> CredentialId | None:
    if vault is None:
        return None
    try:
        return vault.open(sealed, row_id)
    except VaultError:  # restored without its keys, so the badge is known at no site
        return None


def _wrapped(
    db: Session, rows: Sequence[SiteKeyRow], known: Mapping[str, Names], values: Values
) -> dict[tuple[int, str], str]:
    """Return the cards' wrapped keys at the site, by generation and the installation's key."""
    ours = {value.key: holder for holder, value in values.items() if value is not None}
    found = {(row[0], row[1]): row[2] for row in _stored(db, rows[0].site_id, list(ours))}
    vault = process_vault(db)
    if vault is None:
        return found
    new = []
    for row, own in _opened(rows, vault):
        for key, holder in ours.items():
            theirs = known[holder].get(row.generation)
            if row.ended_at or theirs in (None, holder) or (row.generation, key) in found:
                continue
            try:
                anew = _anew(vault, own, holder, key, HolderKey(str(theirs)))
            except WrapBroken:
                continue
            found[row.generation, key] = anew
            new.append(_row(row, key, anew, holder))
    if new:
        db.execute(insert(CredentialAt), new)
    return found


def _anew(vault: Vault, key: SiteKey, holder: str, ours: str, theirs: HolderKey) -> str:
    """Wrap a card's key for that site's agents. Raises WrapBroken."""
    plain = unwrap_door_key(vault.credential_key, HolderKey(holder), ours)
    return wrap_door_key(key.key, theirs, plain)


def wrap_ahead(db: Session, holder: str, key: str, vault: Vault) -> None:
    """Wrap a card's key for all sites that know its badge, since a hub may have to send it to
    them."""
    live = db.scalars(select(SiteKeyRow).where(SiteKeyRow.ended_at.is_(None))).all()
    for row, own in _opened(live, vault):
        where = {"site_id": row.site_id, "generation": row.generation}
        theirs = db.get(CredentialAt, where | {"ours": holder})
        there = db.get(CredentialAt, where | {"ours": key})
        if theirs is not None and there is None:
            anew = _anew(vault, own, holder, key, HolderKey(theirs.theirs))
            db.add(CredentialAt(**_row(row, key, anew, holder)))


def _row(row: SiteKeyRow, ours: str, theirs: str, holder: str) -> dict[str, object]:
    return {
        "site_id": row.site_id,
        "generation": row.generation,
        "ours": ours,
        "theirs": theirs,
        "holder_key": holder,
    }


def _names(db: Session, keys: Sequence[str], site_id: str | None) -> set[str]:
    at = CredentialAt
    theirs = select(at.theirs).where(at.holder_key.in_(keys), at.ours == at.holder_key)
    if site_id is not None:
        theirs = theirs.where(at.site_id == site_id)
    return set(db.scalars(theirs))


def _forget(db: Session, keys: Sequence[str]) -> None:
    at = CredentialAt
    is_there = exists().where(CredentialRow.holder_key == at.holder_key)
    db.execute(delete(at).where(at.holder_key.in_(keys), ~is_there))


def house_key(db: Session, site_id: str, key: HolderKey) -> HolderKey:
    """Return the installation's holder key of a badge, from the key that a site's agent uses.

    Where the keys are available, this also finds a badge that the site does not know, by trying all
    numbers. Returns `key` itself if nothing is found.
    """
    return stored_key(db, site_id, key) or _unnamed(db, site_id, key) or key


def stored_key(db: Session, site_id: str, key: HolderKey) -> HolderKey | None:
    """Like `house_key`, for a badge that has a stored key at the site; None: it has none."""
    at = CredentialAt
    found = db.scalar(select(at.holder_key).where(at.site_id == site_id, at.theirs == key).limit(1))
    return HolderKey(found) if found else None


def _unnamed(db: Session, site_id: str, key: HolderKey) -> HolderKey | None:
    vault = process_vault(db)
    own = [row for row in generations(db, site_id) if row.sealed is not None]
    if vault is None or not own:
        return None
    keys, at, row = [key for _, key in _opened(own, vault)], CredentialAt, CredentialRow
    named = exists().where(
        at.site_id == site_id,
        at.ours == row.holder_key,
        at.generation == max(site_key.generation for site_key in own),
    )
    others = select(row.id, row.holder_key, row.sealed).where(~named).order_by(row.id)
    for some in chunks(db.execute(others)):
        for badge in some:
            number = _number(vault, badge.sealed, badge.id) if badge.sealed else None
            if number is not None and any(site_key.name(number) == key for site_key in keys):
                return HolderKey(badge.holder_key)
    return None


def keys_at(site_id: str, ours: Select[str]) -> CompoundSelect[str]:
    """Query the keys of these badges in that site's policy, in all generations."""
    at = CredentialAt
    theirs = select(at.theirs).where(at.site_id == site_id, at.ours.in_(ours))
    return union_all(ours, theirs)


def all_keys(db: Session, keys: Sequence[str]) -> list[str]:
    """Return these keys, and all keys that any site's agents use or used for the same badges."""
    return [*keys, *sorted(_names(db, keys, None))]


KEY_MAPPING = KeyMapping(tables={"holder": _holders, "card": _cards}, names=_names, forget=_forget)

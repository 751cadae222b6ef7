"""Maps the installation's keys of holders and cards to those of each site (decision 0196).

A badge is stored under the installation's holder key; the policy of a site with its own credential
key has it under another. The table `credential_at` has both, so that a hub can compile a policy
without any key. The process with the keys writes its rows, in the transaction that adds a badge or
makes a member known at a site. Here *ours* is the installation's key, *theirs* that of a site's
agents; a *name* is a site's holder key.
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
    rows = _active_generations(db, site_id)
    if not rows:
        return values
    names = _names_at_site(db, rows, values)
    return {key: value for _, _, key, value in _mapped_values(rows, names, values)}


def _cards(db: Session, site_id: str, values: Values) -> Values:
    rows = _active_generations(db, site_id)
    if not rows:
        return values
    names = _names_at_site(db, rows, values)
    wrapped = _wrapped(db, rows, names, values)
    mapped: Values = {}
    for installation_key, generation, key, value in _mapped_values(rows, names, values):
        if value is None or key == installation_key:
            mapped[key] = value
        else:  # an old wrapped key must not stay: the card's proof would fail
            rewrapped = wrapped.get((generation, value.key))
            mapped[key] = None if rewrapped is None else replace(value, key=rewrapped)
    return mapped


def _active_generations(db: Session, site_id: str) -> list[SiteKeyRow]:
    """Return the generations for which the site's policy has rows, or may have."""
    return [row for row in generations(db, site_id) if row.cleared_at is None]


def _mapped_values(
    rows: Sequence[SiteKeyRow], names: Mapping[str, Names], values: Values
) -> Iterator[tuple[str, int, str, Any]]:
    """Yield the installation's key, the generation, the key at the site, and the value or None.

    Removed values come first, since their keys may be in use again.
    """
    for installation_key in (key for key, value in values.items() if value is None):
        yield installation_key, 0, installation_key, None
    for row in sorted(rows, key=lambda row: row.ended_at is None):
        for installation_key, value in values.items():
            key = names[installation_key].get(row.generation)
            if key is not None:
                yield installation_key, row.generation, key, None if row.ended_at else value


def _names_at_site(db: Session, rows: Sequence[SiteKeyRow], values: Values) -> dict[str, Names]:
    """Return the site's keys of these badges in each generation, where they can be derived.

    Only badges with a value get new keys; the others' members are unknown at the site.
    """
    names: dict[str, Names] = {key: {} for key in values}
    for row in rows:
        if row.sealed is None:
            for key in values:
                names[key][row.generation] = key
    for generation, installation_key, site_holder_key in _stored_rows(
        db, rows[0].site_id, list(values)
    ):
        names[installation_key][generation] = site_holder_key
    live = [row for row in rows if row.sealed is not None and row.ended_at is None]
    lacking = [
        key
        for key, value in values.items()
        if value is not None and any(row.generation not in names[key] for row in live)
    ]
    for key, generation, name in _derive_names(db, live, names, lacking) if lacking else ():
        names[key][generation] = name
    return names


def _stored_rows(
    db: Session, site_id: str, installation_keys: Sequence[str]
) -> Iterable[Row[int, str, str]]:
    table = CredentialAt.__table__.c
    columns = select(table.generation, table.ours, table.theirs)
    return db.execute(columns.where(table.site_id == site_id, table.ours.in_(installation_keys)))


def _derive_names(
    db: Session, live: Sequence[SiteKeyRow], names: Mapping[str, Names], keys: Sequence[str]
) -> Iterator[tuple[str, int, str]]:
    """Derive missing keys from the badges' numbers and store them, if the vault is available here.

    Skips a badge if another badge already has one of its keys, because it was added by a reader's
    key.
    """
    vault, columns = process_vault(db), CredentialRow.__table__.c
    site_keys = _decrypted(live, vault)
    badges = select(columns.id, columns.holder_key, columns.sealed, columns.card_next)
    new: list[dict[str, object]] = []
    for badge in db.execute(badges.where(columns.holder_key.in_(keys))).all():
        installation_key = badge.holder_key
        if not badge.sealed:  # added by a reader's key; its number is unknown
            for row in live:
                yield installation_key, row.generation, installation_key
            continue
        number = _number(vault, badge.sealed, badge.id)
        if vault is None or number is None:
            continue
        for row, key in site_keys:
            if row.generation not in names[installation_key]:
                name = key.name(number)
                new.append(_row(row, installation_key, name, installation_key))
                new += _card_key_mappings(vault, row, key, installation_key, badge.card_next, name)
    used_keys = _used_keys(
        db, [str(mapping["theirs"]) for mapping in new if mapping["ours"] == mapping["holder_key"]]
    )
    conflicting = {mapping["holder_key"] for mapping in new if mapping["theirs"] in used_keys}
    new_mappings = [mapping for mapping in new if mapping["holder_key"] not in conflicting]
    if new_mappings:
        db.execute(insert(CredentialAt), new_mappings)
    for mapping in new_mappings:
        if mapping["ours"] == mapping["holder_key"]:
            yield str(mapping["ours"]), int(str(mapping["generation"])), str(mapping["theirs"])


def _card_key_mappings(
    vault: Vault,
    row: SiteKeyRow,
    key: SiteKey,
    holder: str,
    following: Mapping[str, Any] | None,
    name: HolderKey,
) -> Iterator[dict[str, object]]:
    """Yield rows for keys that are being written to a card, which a hub may have to announce."""
    if following and following.get("key"):
        installation_key = str(following["key"])
        with suppress(WrapBroken):
            yield _row(
                row, installation_key, _rewrap(vault, key, holder, installation_key, name), holder
            )


def _used_keys(db: Session, names: Sequence[str]) -> set[str]:
    used_keys = select(CredentialRow.holder_key).where(CredentialRow.holder_key.in_(names))
    return set(db.scalars(used_keys)) if names else set()


def _decrypted(rows: Sequence[SiteKeyRow], vault: Vault | None) -> list[tuple[SiteKeyRow, SiteKey]]:
    """Return the rows with their decrypted keys.

    Leaves out those that were encrypted with another `card.key`, which `loquet doctor` reports.
    """
    opened: list[tuple[SiteKeyRow, SiteKey]] = []
    if vault is None:
        return opened
    for row in rows:
        with suppress(VaultError):
            opened.append((row, open_key(row, vault)))
    return opened


def _number(vault: Vault | None, sealed: bytes, row_id: str) -> CredentialId | None:
    if vault is None:
        return None
    try:
        return vault.open(sealed, row_id)
    except VaultError:  # restored without its keys, so no site knows the badge
        return None


def _wrapped(
    db: Session, rows: Sequence[SiteKeyRow], names: Mapping[str, Names], values: Values
) -> dict[tuple[int, str], str]:
    """Return the cards' wrapped keys at the site, by generation and the installation's key."""
    holder_by_key = {value.key: holder for holder, value in values.items() if value is not None}
    wrapped = {
        (row[0], row[1]): row[2] for row in _stored_rows(db, rows[0].site_id, list(holder_by_key))
    }
    vault = process_vault(db)
    if vault is None:
        return wrapped
    new = []
    for row, site_key in _decrypted(rows, vault):
        for key, holder in holder_by_key.items():
            holder_key = names[holder].get(row.generation)
            if row.ended_at or holder_key in (None, holder) or (row.generation, key) in wrapped:
                continue
            try:
                rewrapped = _rewrap(vault, site_key, holder, key, HolderKey(str(holder_key)))
            except WrapBroken:
                continue
            wrapped[row.generation, key] = rewrapped
            new.append(_row(row, key, rewrapped, holder))
    if new:
        db.execute(insert(CredentialAt), new)
    return wrapped


def _rewrap(
    vault: Vault, key: SiteKey, holder: str, installation_key: str, site_holder_key: HolderKey
) -> str:
    """Wrap a card's key for a site's agents. Raises WrapBroken."""
    plain = unwrap_door_key(vault.credential_key, HolderKey(holder), installation_key)
    return wrap_door_key(key.key, site_holder_key, plain)


def wrap_for_sites(db: Session, holder: str, key: str, vault: Vault) -> None:
    """Wrap a card's key for all sites that know its badge, since a hub may have to send it."""
    live = db.scalars(select(SiteKeyRow).where(SiteKeyRow.ended_at.is_(None))).all()
    for row, site_key in _decrypted(live, vault):
        row_key = {"site_id": row.site_id, "generation": row.generation}
        mapping = db.get(CredentialAt, row_key | {"ours": holder})
        wrapped = db.get(CredentialAt, row_key | {"ours": key})
        if mapping is not None and wrapped is None:
            rewrapped = _rewrap(vault, site_key, holder, key, HolderKey(mapping.theirs))
            db.add(CredentialAt(**_row(row, key, rewrapped, holder)))


def _row(
    row: SiteKeyRow, installation_key: str, site_holder_key: str, holder: str
) -> dict[str, object]:
    return {
        "site_id": row.site_id,
        "generation": row.generation,
        "ours": installation_key,
        "theirs": site_holder_key,
        "holder_key": holder,
    }


def _names(db: Session, keys: Sequence[str], site_id: str | None) -> set[str]:
    table = CredentialAt
    site_keys = select(table.theirs).where(
        table.holder_key.in_(keys), table.ours == table.holder_key
    )
    if site_id is not None:
        site_keys = site_keys.where(table.site_id == site_id)
    return set(db.scalars(site_keys))


def _forget(db: Session, keys: Sequence[str]) -> None:
    table = CredentialAt
    is_there = exists().where(CredentialRow.holder_key == table.holder_key)
    db.execute(delete(table).where(table.holder_key.in_(keys), ~is_there))


def installation_key(db: Session, site_id: str, key: HolderKey) -> HolderKey:
    """Return the installation's holder key of a badge, from the key that a site's agent uses.

    With a vault, this also finds badges that the site does not know, by trying all numbers. Returns
    `key` itself if nothing is found.
    """
    return stored_key(db, site_id, key) or _find_by_number(db, site_id, key) or key


def stored_key(db: Session, site_id: str, key: HolderKey) -> HolderKey | None:
    """Like `installation_key`, but None for a badge without a stored key at the site."""
    table = CredentialAt
    holder_key = db.scalar(
        select(table.holder_key).where(table.site_id == site_id, table.theirs == key).limit(1)
    )
    return HolderKey(holder_key) if holder_key else None


def _find_by_number(db: Session, site_id: str, key: HolderKey) -> HolderKey | None:
    vault = process_vault(db)
    own_generations = [row for row in generations(db, site_id) if row.sealed is not None]
    if vault is None or not own_generations:
        return None
    site_keys = [site_key for _, site_key in _decrypted(own_generations, vault)]
    table, row = CredentialAt, CredentialRow
    has_mapping = exists().where(
        table.site_id == site_id,
        table.ours == row.holder_key,
        table.generation == max(site_key.generation for site_key in own_generations),
    )
    unnamed_badges = select(row.id, row.holder_key, row.sealed).where(~has_mapping).order_by(row.id)
    for batch in chunks(db.execute(unnamed_badges)):
        for badge in batch:
            number = _number(vault, badge.sealed, badge.id) if badge.sealed else None
            if number is not None and any(site_key.name(number) == key for site_key in site_keys):
                return HolderKey(badge.holder_key)
    return None


def keys_at(site_id: str, installation_keys: Select[str]) -> CompoundSelect[str]:
    """Query the keys of these badges in the site's policy, in all generations."""
    table = CredentialAt
    site_keys = select(table.theirs).where(
        table.site_id == site_id, table.ours.in_(installation_keys)
    )
    return union_all(installation_keys, site_keys)


def all_keys(db: Session, keys: Sequence[str]) -> list[str]:
    """Return these keys, and all keys that any site's agents have used for the same badges."""
    return [*keys, *sorted(_names(db, keys, None))]


KEY_MAPPING = KeyMapping(tables={"holder": _holders, "card": _cards}, names=_names, forget=_forget)

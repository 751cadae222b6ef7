"""Numbers that the agents' key had sealed are sealed with our own (0194)."""

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.engine import Row

from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.badges.vault import Vault, VaultError

_AT_ONCE = 1000


def seal_anew(connection: Connection, vault: Vault) -> int:
    """How many there were; in the caller's transaction.

    What neither key opens stays: its place was restored without them. Rows keep their version: what
    is said of a badge is as it was.
    """
    put = update(CredentialRow).where(CredentialRow.id == bindparam("row"))
    count = 0
    for rows in _pieces(connection):
        found = [(row.id, sealed) for row in rows if (sealed := _anew(row, vault)) is not None]
        if found:
            values = [{"row": row, "sealed": sealed} for row, sealed in found]
            connection.execute(put.values(sealed=bindparam("sealed")), values)
        count += len(found)
    return count


def is_sealed_elsewhere(connection: Connection, vault: Vault) -> bool:
    """Whether there are numbers, and these keys open none of them."""
    rows = [row for rows in _pieces(connection) for row in rows if row.sealed]
    return bool(rows) and not any(vault.is_own(row.sealed, row.id) for row in rows)


def _pieces(connection: Connection) -> Iterator[Sequence[Row[str, bytes]]]:
    after = ""
    columns = select(CredentialRow.id, CredentialRow.sealed).order_by(CredentialRow.id)
    while rows := connection.execute(columns.where(CredentialRow.id > after).limit(_AT_ONCE)).all():
        yield rows
        after = rows[-1].id


def _anew(row: Row[str, bytes], vault: Vault) -> bytes | None:
    if not row.sealed or vault.is_own(row.sealed, row.id):
        return None
    try:
        return vault.seal(vault.open(row.sealed, row.id), row.id)
    except VaultError:
        return None

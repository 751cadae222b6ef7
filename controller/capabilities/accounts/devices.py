"""Devices that have signed in to an account before; they are not slowed down by others' attempts.

Nothing is stored for each device. A device keeps the account's generation number, and is known as
long as that number is unchanged. Signing out everywhere and a new password increase it.
"""

from collections.abc import Mapping

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from controller.capabilities.accounts.models import AccountRow


def generation(db: Session, account_id: str) -> int:
    """Return the generation number that a device receives when it has just signed in."""
    row = select(AccountRow.device_generation).where(AccountRow.id == account_id)
    return db.scalars(row).one()


def known_logins(db: Session, shown: Mapping[str, int]) -> dict[str, str]:
    """Return id and login of each account that still knows a device.

    `shown`: the generation numbers that the device has, by account id.
    """
    rows = db.execute(
        select(AccountRow.id, AccountRow.login, AccountRow.device_generation).where(
            AccountRow.id.in_(shown)
        )
    )
    return {key: login for key, login, number in rows if shown[key] == number}


def forget_all(db: Session, account_id: str) -> None:
    """Make all devices of the account unknown."""
    number = AccountRow.device_generation + 1
    mine = update(AccountRow).where(AccountRow.id == account_id)
    db.execute(mine.values(device_generation=number))

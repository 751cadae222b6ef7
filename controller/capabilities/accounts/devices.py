"""Devices that have signed in to an account before; other devices' attempts don't slow them down.

The server stores no devices. A device keeps the account's generation number and is known until that
number increases, which a new password and signing out everywhere do.
"""

from collections.abc import Mapping

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from controller.capabilities.accounts.models import AccountRow


def generation(db: Session, account_id: str) -> int:
    """Return the generation number for a device that has just signed in."""
    row = select(AccountRow.device_generation).where(AccountRow.id == account_id)
    return db.scalars(row).one()


def known_logins(db: Session, generations: Mapping[str, int]) -> dict[str, str]:
    """Return id and login of each account that knows the device.

    `generations`: the device's generation numbers, by account id.
    """
    rows = db.execute(
        select(AccountRow.id, AccountRow.login, AccountRow.device_generation).where(
            AccountRow.id.in_(generations)
        )
    )
    return {key: login for key, login, number in rows if generations[key] == number}


def forget_all(db: Session, account_id: str) -> None:
    """Make all devices of the account unknown."""
    number = AccountRow.device_generation + 1
    increase = update(AccountRow).where(AccountRow.id == account_id)
    db.execute(increase.values(device_generation=number))

"""Devices that have signed in to an account before, which strangers' guesses do not slow down.

Nothing is kept of them but a number of the account: what a device shows holds while that number is
the same. It is counted up by whoever signs out everywhere, and by a new password.
"""

from collections.abc import Mapping

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from controller.capabilities.accounts.models import AccountRow


def generation(db: Session, account_id: str) -> int:
    """What a device that has just signed in to the account is to show from now on."""
    row = select(AccountRow.device_generation).where(AccountRow.id == account_id)
    return db.scalars(row).one()


def still_known(db: Session, shown: Mapping[str, int]) -> dict[str, str]:
    """The login, by its id, of each account that still knows the device which shows this."""
    rows = db.execute(
        select(AccountRow.id, AccountRow.login, AccountRow.device_generation).where(
            AccountRow.id.in_(shown)
        )
    )
    return {key: login for key, login, number in rows if shown[key] == number}


def forget_all(db: Session, account_id: str) -> None:
    """The account knows no device any more."""
    number = AccountRow.device_generation + 1
    mine = update(AccountRow).where(AccountRow.id == account_id)
    db.execute(mine.values(device_generation=number))

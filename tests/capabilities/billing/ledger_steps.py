"""Steps that tests of the ledger share."""

from sqlalchemy.orm import Session

from controller.capabilities.billing import charges, check, ledger, statements
from controller.capabilities.billing.models import ChargeRow
from controller.capabilities.billing.payers import PayerKey
from controller.capabilities.billing.shapes import Remission
from tests.capabilities.billing.month import NOVEMBER
from tests.capabilities.conftest import BOSS, NOW, Place


def is_right(place: Place) -> bool:
    with place.database.read() as db:
        found = check.check(db, "here")
    assert not found.different, found
    assert not found.statements_wrong, found
    return found.is_right


def sums(db: Session) -> list[statements.PayerMonth]:
    return statements.sums(db, "here", NOVEMBER, actor=BOSS, now=NOW)


def remit(place: Place, source: str, cents: int) -> None:
    with place.database.write() as db:
        row = db.scalars(ledger.valid_charges().where(ChargeRow.source_id == source)).one()
        new = Remission(amount_cents=cents, reason="worn tube")
        charges.remit(db, row.id, new, actor=BOSS, now=NOW)


def left(place: Place, payer: PayerKey) -> int:
    with place.database.read() as db:
        sums = {one.key: one for one in statements.sums(db, "here", NOVEMBER, actor=BOSS, now=NOW)}
    return sums[payer].left_cents if payer in sums else 0

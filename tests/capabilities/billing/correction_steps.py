"""Steps that tests of corrections share."""

from controller.capabilities.billing import payments
from controller.capabilities.billing.kinds import Means
from controller.capabilities.billing.shapes import NewPayment, Payment, TakeBack
from tests.capabilities.billing.month import OCTOBER
from tests.capabilities.conftest import BOSS, Place

REASON = TakeBack(reason="typed 5 instead of 2")


def pay(place: Place, member_id: str, means: Means, cents: int, month: str = OCTOBER) -> Payment:
    """A member has paid, as the treasurer notes it."""
    new = NewPayment(means=means, amount_cents=cents, month=month, member_id=member_id)
    with place.database.write() as db:
        return payments.create(db, new, actor=BOSS, now=place.now)

"""An import that gave plans with a price is undone with what it charged."""

from sqlalchemy import select

from controller.capabilities.billing import payments
from controller.capabilities.billing.kinds import Means
from controller.capabilities.billing.rates import SubscriptionRate
from controller.capabilities.billing.shapes import NewPayment
from controller.capabilities.member_files import undo
from controller.capabilities.member_files.import_csv import import_members
from controller.capabilities.members.models import MemberRow
from controller.kernel.bulk_operation import Outcome
from tests.capabilities.billing.month import OCTOBER, follow, owed, set_tariff
from tests.capabilities.conftest import BOSS, NOW, VAULT, Place


def test_an_undone_import_goes_with_the_price_of_the_plans_that_it_gave(place: Place) -> None:
    """Unless something was paid."""
    set_tariff(place, SubscriptionRate(plan_id="atelier", price_cents=4500))
    follow(place)  # a reader that has caught up learns of the plans only by the import's news
    names = ("Ada", "Grace")
    lines = (f"{name},atelier,{NOW:%Y-%m-%d}\n" for name in names)
    file = "display_name,plan,subscription_from\n" + "".join(lines)
    import_members(place.database, file.encode(), vault=VAULT, actor=BOSS, now=place.now)
    follow(place)
    with place.database.read() as db:
        ids = [
            db.scalars(select(MemberRow.id).where(MemberRow.display_name == name)).one()
            for name in names
        ]
    paid = NewPayment(means=Means.CASH, amount_cents=4500, month=OCTOBER, member_id=ids[1])
    with place.database.write() as db:
        payments.create(db, paid, actor=BOSS, now=place.now)
    assert owed(place.database) == 2 * 4500
    with place.database.write() as db:
        assert undo.take_back(db, ids, actor=BOSS, now=place.now) == Outcome(done=1, refused=1)
    follow(place)
    assert (owed(place.database), owed(place.database, member_id=ids[1])) == (4500, 4500)

"""What a member owes includes what is not charged yet, and reads no old month again for it."""

from sqlalchemy import delete

from controller.capabilities.billing import own
from controller.kernel.models import OutboxRow
from tests.capabilities.billing.month import ended, follow, set_tariff, somebody
from tests.capabilities.conftest import Place
from tests.support.statements import counted


def owed(place: Place, member_id: str) -> int:
    with place.database.read() as db:
        return own.amount_owed(db, member_id, place.now)


def test_what_is_not_charged_yet_is_owed(place: Place) -> None:
    set_tariff(place)
    member_id, ref = somebody(place)
    _other_id, other = somebody(place, "Bruno Caron")
    follow(place)
    with place.database.write() as db:
        ended(db, ref, 1)
        ended(db, other, 5)
    assert owed(place, member_id) == 200
    follow(place)
    assert owed(place, member_id) == 200


def test_nor_is_it_lost_once_its_news_are_deleted(place: Place) -> None:
    set_tariff(place)
    member_id, ref = somebody(place)
    follow(place)
    with place.database.write() as db:
        ended(db, ref, 1, ago_days=31)
        ended(db, ref, 1)
        db.execute(delete(OutboxRow))
    assert owed(place, member_id) == 400


def test_months_that_are_charged_take_no_more_statements(place: Place) -> None:
    set_tariff(place)
    member_id, ref = somebody(place)
    numbers = []
    for ago_days in (1, 31, 45):
        with place.database.write() as db:
            ended(db, ref, 1, ago_days=ago_days)
        follow(place)
        with counted(place.database) as run:
            owed(place, member_id)
        numbers.append(len(run))
    assert numbers[0] == numbers[1] == numbers[2]

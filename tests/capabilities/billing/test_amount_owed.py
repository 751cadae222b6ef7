"""What a member owes includes what is not charged yet, and reads no old month again for it."""

from sqlalchemy import delete

from controller.capabilities.billing import charges, own, payments, tariffs
from controller.capabilities.billing.cents import Cents
from controller.capabilities.billing.kinds import Means
from controller.capabilities.billing.payers import PayerKey
from controller.capabilities.billing.rates import ArticleRate
from controller.capabilities.billing.shapes import NewCharge, NewTariff, PayerKind
from controller.capabilities.members import members
from controller.kernel.actor import Actor
from controller.kernel.models import OutboxRow
from controller.kernel.shapes import Label
from tests.capabilities import second_site
from tests.capabilities.billing.month import NOVEMBER, ended, follow, set_tariff, somebody
from tests.capabilities.conftest import BOSS, Place
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


def test_what_is_owed_is_known_by_site(place: Place) -> None:
    set_tariff(place)
    member_id, ref = somebody(place)
    who = Actor(ref="x", member_id=member_id)
    rate = ArticleRate(id="board", name=Label(fr="Planche"), price_cents=450)
    with place.database.write() as db:
        second_site.add(db, place.now)
        new = NewTariff(
            valid_from=place.now.date(),
            decision="Conseil",
            rates=(rate,),
            site_id=second_site.THERE,
        )
        tariffs.create(db, new, actor=BOSS, now=place.now)
        both = {"also_at": [second_site.THERE]}
        members.change(db, member_id, both, version=None, actor=BOSS, now=place.now)
        ended(db, ref, 1)
    with place.database.read() as db:
        assert own.owed_by_site(db, member_id, place.now) == {"here": 200}, "not charged yet"
        assert own.own_sites(db, actor=who) == frozenset()
    with place.database.write() as db:
        taken = NewCharge(
            article="board", quantity=1, member_id=member_id, site_id=second_site.THERE
        )
        charges.create(db, taken, actor=BOSS, now=place.now)
    follow(place)
    with place.database.write() as db:
        assert own.owed_by_site(db, member_id, place.now) == {"here": 200, "there": 450}
        assert own.own_sites(db, actor=who) == {"here", "there"}
        key = PayerKey(PayerKind.MEMBER, member_id)
        paid = Cents(500)
        payments.note(db, "here", key, NOVEMBER, Means.CASH, paid, actor=BOSS, now=place.now)
        assert own.owed_by_site(db, member_id, place.now) == {"there": 450}

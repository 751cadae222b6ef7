"""Two at the same moment: one comes after the other, and neither is lost nor an error."""

from collections.abc import Callable
from functools import partial
from threading import Barrier, Thread

from sqlalchemy.orm import Session

from controller.capabilities.members import members, on_behalf
from controller.capabilities.members.shapes import OnBehalf
from controller.capabilities.organisations import organisations
from controller.capabilities.organisations.shapes import NewOrganisation
from controller.capabilities.plans import passes
from controller.capabilities.plans.models import PassRow, PassUse
from controller.kernel.errors import Conflict, Invalid
from controller.kernel.shapes import Label
from tests.capabilities.conftest import BOSS, Place
from tests.capabilities.plans.passes import arrive, give

TIMES = 6


def at_once(place: Place, *acts: Callable[[Session], object]) -> list[str]:
    """Do each in a transaction of its own; what was refused, by its kind."""
    start, done, refused = Barrier(len(acts)), list[str](), list[str]()

    def do(act: Callable[[Session], object]) -> None:
        start.wait(60)
        try:
            with place.database.write() as db:
                act(db)
            done.append("")
        except (Conflict, Invalid) as error:
            refused.append(type(error).__name__)

    threads = [Thread(target=do, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(done) + len(refused) == len(acts)
    return refused


def test_who_is_no_member_any_more_works_for_nobody(place: Place) -> None:
    with place.database.write() as db:
        zoe = place.member(db, "Zoé").id
        new = NewOrganisation(name=Label(fr="Récup’Art"), site_id=place.site)
        payer = organisations.create(db, new, actor=BOSS, now=place.now).id

    def belong(db: Session, *keys: str) -> None:
        patch = {"organisations": list(keys)}
        members.change(db, zoe, patch, version=None, actor=BOSS, now=place.now)

    def choose(db: Session) -> None:
        to = OnBehalf(organisation_id=payer)
        on_behalf.choose(db, zoe, to, actor=BOSS, now=place.now)

    for _time in range(TIMES):
        with place.database.write() as db:
            belong(db, payer)
        assert set(at_once(place, choose, belong, choose)) <= {Invalid.__name__}
        with place.database.read() as db:
            assert members.get(db, zoe, actor=BOSS).works_for == OnBehalf()
        place.clock.forward(minutes=1)


def test_a_pass_is_taken_back_or_used(place: Place) -> None:
    for _time in range(TIMES):
        with place.database.write() as db:
            member, key = give(db, place, units=5)
        enter = partial(arrive, place=place, member=member)
        take_back = partial(passes.take_back, pass_id=key, actor=BOSS, now=place.now)
        refused = at_once(place, enter, take_back)
        assert set(refused) <= {Conflict.__name__}
        with place.database.read() as db:
            is_kept = db.get(PassRow, key) is not None
            is_used = db.query(PassUse).filter_by(pass_id=key).count() == 1
        assert is_kept == is_used == bool(refused)

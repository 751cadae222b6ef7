"""What becomes of the reports of a need when it is answered."""

from typing import Any

from sqlalchemy.orm import Session

from controller.capabilities.user_reports import needs, user_reports
from controller.capabilities.user_reports.models import NeedState, ToldKind, ToldState
from controller.capabilities.user_reports.shapes import (
    MergeNeed,
    NewNeed,
    NewUserReport,
    Sorting,
    Told,
)
from controller.kernel.actor import Actor, Role
from tests.capabilities.conftest import BOSS, Place


def wish(db: Session, place: Place, actor: Actor, *, dangerous: bool = False) -> str:
    new = NewUserReport(
        kind=ToldKind.NEED, access_point="laser-1", text="A cutter", dangerous=dangerous
    )
    return user_reports.create(db, new, actor=actor, now=place.now).id


def need(db: Session, place: Place, title: str, *reports: str) -> str:
    new = NewNeed(theme="machines", title=title, site_id=place.site)
    key = needs.create(db, new, actor=BOSS, now=place.now).id
    for report in reports:
        needs.sort(db, key, Sorting(report_id=report), actor=BOSS, now=place.now)
    return key


def answer(db: Session, place: Place, key: str, **patch: Any) -> None:
    needs.change(db, key, patch, version=None, actor=BOSS, now=place.now)


def test_an_answered_need_settles_its_reports_and_an_open_one_takes_them_up_again(
    place: Place,
) -> None:
    with place.database.write() as db:
        ada = place.account(db, "ada", Role.MEMBER, member_id=place.member(db, "Ada").id)
        report, danger = wish(db, place, ada), wish(db, place, ada, dangerous=True)
        cutter = need(db, place, "A cutter", report, danger)

        def read() -> list[tuple[ToldState, str | None]]:
            own: dict[str, Told] = {
                told.id: told for told in user_reports.list_own(db, actor=ada).items
            }
            return [(own[key].state, own[key].remark) for key in (report, danger)]

        taken = (ToldState.TAKEN, None)
        assert read() == [taken, taken]
        answer(db, place, cutter, state="done", outcome="In drawer 2", published=True)
        assert read() == [(ToldState.DONE, "In drawer 2"), taken], "a danger is settled alone"
        answer(db, place, cutter, outcome="In drawer 3")
        assert read()[0] == (ToldState.DONE, "In drawer 3")
        answer(db, place, cutter, published=False)
        assert read()[0] == (ToldState.DONE, None), "it is not for everybody"
        answer(db, place, cutter, state="open")
        assert read() == [taken, taken]


def test_sorting_and_merging_follow_the_answer(place: Place) -> None:
    with place.database.write() as db:
        ada = place.account(db, "ada", Role.MEMBER, member_id=place.member(db, "Ada").id)
        report = wish(db, place, ada)
        done, other = need(db, place, "Blades"), need(db, place, "Tools")
        answer(db, place, done, state="declined", outcome="Too dear", published=True)

        def state() -> ToldState:
            return user_reports.get(db, report, actor=BOSS).state

        needs.sort(db, done, Sorting(report_id=report), actor=BOSS, now=place.now)
        assert state() is ToldState.DONE
        needs.unsort(db, done, Sorting(report_id=report), actor=BOSS, now=place.now)
        assert state() is not ToldState.DONE
        needs.sort(db, done, Sorting(report_id=report), actor=BOSS, now=place.now)
        needs.merge_into(db, done, MergeNeed(need_id=other), actor=BOSS, now=place.now)
        assert state() is ToldState.TAKEN
        answer(db, place, other, state="done")
        assert needs.get(db, other, actor=BOSS).state is NeedState.DONE
        assert state() is ToldState.DONE

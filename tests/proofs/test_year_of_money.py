"""A year of a place in its books and reports, 5,000 people and 300,000 sessions:
`./run prove --long`."""

import re
import time
from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from controller.capabilities.billing import book_updates, exports, providers, statements
from controller.capabilities.billing.check import check
from controller.capabilities.billing.shapes import CloseMonth
from controller.capabilities.statistics import funder, rebuild
from controller.capabilities.statistics.shapes import FunderMonth
from controller.capabilities.usage import totals
from controller.capabilities.usage.models import UsageDay
from controller.domain.time import Utc
from controller.kernel.database import Database
from tests.support.clock import Clock
from tests.support.money_year import PARIS, SYSTEM, came, fill
from tests.webui.conftest import SITE, filled_database, make_app, sign_in

PEOPLE, SESSIONS, YEAR = 5_000, 300_000, 2025
MONTH_S, PAGE_S, REPORT_S = 30.0, 0.06, 2.0


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_a_year_is_derived_closed_shown_and_recomputed(tmp_path: Path) -> None:
    """Each figure is of the processor, alone; what is recomputed is equal."""
    now = Utc.of(datetime(YEAR + 1, 1, 3, tzinfo=PARIS))
    with filled_database(tmp_path) as database:
        fill(database, SITE, YEAR, people=PEOPLE, sessions=SESSIONS)
        _took("derived", lambda: book_updates.catch_up(database, SITE, now))

        def close(month: str) -> None:
            with database.write() as db:
                new = CloseMonth(month=month, site_id=SITE)
                statements.close(db, new, actor=SYSTEM, now=now)

        for number in range(1, 13):
            month = f"{YEAR}-{number:02d}"
            assert _took(f"{month} closed", partial(close, month)) <= MONTH_S
        client = make_app(database, Clock(now)).test_client()
        assert sign_in(client, "treasurer") == 303
        page = client.get(f"/statements?month={YEAR}-06").get_data(as_text=True)
        payers = re.findall(r'id="p-(member:[0-9a-f-]+)"', page)
        pages = [f"/statements/{YEAR}-06/{payer}" for payer in payers[:30]]
        client.get(pages[0])  # templates are compiled once
        spent = sorted(_took("", partial(client.get, page)) for page in pages)
        print(f"a statement page: {spent[len(spent) // 2]:.3f} s")
        assert spent[len(spent) // 2] <= PAGE_S
        with database.write() as db:
            said = {"siret": "26620001700017"}
            providers.change(db, SITE, said, version=0, actor=SYSTEM, now=now)
            first, last = date(YEAR, 1, 1), date(YEAR, 12, 31)
            made = exports.make(db, SITE, first, last, actor=SYSTEM, now=now)
        with database.read() as db:
            found = check(db, SITE)
        assert found.is_right
        assert made.entries == found.units > 11 * PEOPLE
        manager = make_app(database, Clock(now)).test_client()
        assert sign_in(manager, "manager") == 303
        reported(database, manager, now)


def reported(database: Database, manager: FlaskClient, now: Utc) -> None:
    """A year for a funder, from daily totals, and the same once they were made again."""
    with database.write() as db:
        came(db, SITE)
        totals.recount(db, SITE)
    first, last = f"{YEAR}-01", f"{YEAR}-12"

    def report() -> list[FunderMonth]:
        with database.read() as db:
            return funder.report(db, SITE, first=first, last=last, actor=SYSTEM, now=now)

    report()  # once, as templates are: what is imported late is no part of a report
    before = list[FunderMonth]()
    assert _took("a year's funder report", lambda: before.extend(report())) <= REPORT_S
    assert manager.get(f"/reports/funder?year={YEAR}").status_code == 200
    page = partial(manager.get, f"/reports/funder?year={YEAR}")
    assert _took("its page", page) <= REPORT_S
    assert sum(month.uses for month in before) == SESSIONS
    assert sum(month.visitors for month in before) > 11 * PEOPLE
    with database.write() as db:
        db.execute(update(UsageDay).values(active_ms=1))
        made = rebuild.rebuild(db, SITE, first, last, actor=SYSTEM, now=now)
    assert made.different
    assert report() == before


def _took(what: str, do: Callable[[], object]) -> float:
    began = time.process_time()
    do()
    spent = time.process_time() - began
    if what:
        print(f"{what}: {spent:.2f} s")
    return spent

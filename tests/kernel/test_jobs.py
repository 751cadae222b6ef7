"""Each job by itself: one that throws, hangs or dies holds up no other, and somebody is told."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from controller.assembly import HOUSE
from controller.capabilities.alarms import alarms
from controller.capabilities.alarms.controller_alarms import set_job_alarm
from controller.capabilities.places.models import SiteRow
from controller.domain.facts import Language
from controller.domain.time import Utc
from controller.kernel import job_rows
from controller.kernel.capability import Capability, House
from controller.kernel.database import Database, database_time
from controller.kernel.job_retries import AGAIN_AT_MOST_S
from controller.kernel.job_rows import MARGIN_S, JobState
from controller.kernel.job_runner import MAX_CATCH_UP, JobRunner
from controller.kernel.jobs import Job, Work, single_transaction, transaction_since_last_run
from controller.kernel.models import JobRow
from controller.kernel.translation import catalogues
from controller.policy import POLICY
from controller.settings import Settings
from tests.kernel.conftest import HERE, THERE
from tests.support.clock import Clock
from tests.support.until import WAIT_S, until

Step = Callable[[Work], None]


def job(name: str, run: Step, **given: float | bool) -> Job:
    return replace(Job(name=name, title=f"tâche {name}", run=run), **given)  # type: ignore[arg-type]


class Counted:
    """A job that counts how often it is done."""

    def __init__(self) -> None:
        self.times: list[Utc] = []

    def __call__(self, work: Work) -> None:
        with work.write() as db:
            db.execute(text("UPDATE site SET row_version = row_version + 1"))
            self.times.append(work.now)


def throws(_work: Work) -> None:
    raise ZeroDivisionError("of no use")


class Hanging:
    """A job that hangs in the middle of a transaction, until the test lets it go."""

    def __init__(self) -> None:
        self.let_go = threading.Event()
        self.began = threading.Event()
        self.ended: list[BaseException] = []

    def __call__(self, work: Work) -> None:
        try:
            with work.write() as db:
                db.execute(text("UPDATE site SET language = 'en'"))
                self.began.set()
                self.let_go.wait()
                db.execute(text("UPDATE site SET language = 'en'"))
        except BaseException as problem:
            self.ended.append(problem)
            raise


class Runners:
    """Processes of one installation, which the test drives look by look."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        self.clock = clock
        self.sites = {HERE, THERE}
        self.hanging = Hanging()
        self._mono_s = 0.0

    def monotonic(self) -> float:
        return self._mono_s

    def make(self, *jobs: Job, holder: str = "one") -> JobRunner:
        house = House(HOUSE.features, POLICY)
        object.__setattr__(house, "jobs", jobs)
        database = Database(self.database.engine, clock=self.clock, house=house)
        return JobRunner(
            database,
            holder,
            Settings(),
            alarm=set_job_alarm,
            sites=lambda: self.sites,
            clock=self.clock,
            monotonic=self.monotonic,
        )

    def forward(self, seconds: float) -> None:
        """Time passes, for everybody; on PostgreSQL, whose clock nobody moves, rows grow older."""
        self._mono_s += seconds
        self.clock.forward(seconds=seconds)
        if self.database.engine.dialect.name == "postgresql":
            with self.database.write() as db:
                for column in ("due_at", "until", "started_at"):
                    earlier = f"{column} - interval '{seconds} seconds'"
                    db.execute(text(f"UPDATE job SET {column} = {earlier}"))  # noqa: S608

    def settle(self) -> None:
        """Until no job is in hand; one that hangs is no longer, past its deadline."""
        until(self._is_idle, "a job does not end")

    def _is_idle(self) -> bool:
        with self.database.read() as db:
            return not db.scalars(select(JobRow).where(JobRow.holder.is_not(None))).all()

    def states(self) -> dict[str, JobState]:
        with self.database.read() as db:
            return {
                state.name + (state.site and f"@{state.site}"): state
                for state in job_rows.states(db)
            }

    def alarms(self, site: str = HERE) -> list[str]:
        with self.database.read() as db:
            return [str(alarm.detail["job"]) for alarm in alarms.active_at(db, site)]


@pytest.fixture
def runners(database: Database, clock: Clock) -> Iterator[Runners]:
    """Whatever hangs is let go at the end, and has ended before the database is closed."""
    made = Runners(database, clock)
    yield made
    made.hanging.let_go.set()
    for thread in threading.enumerate():
        if thread.name.startswith("job"):
            thread.join(WAIT_S)


on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what is told by the test's clock to the second."""


def language(database: Database) -> set[str]:
    with database.read() as db:
        return {language.value for language in db.scalars(select(SiteRow.language))}


def test_one_throws_and_one_hangs_and_the_others_keep_their_period(runners: Runners) -> None:
    steady, hanging = Counted(), runners.hanging
    runner = runners.make(
        job("steady", steady), job("throws", throws), job("hangs", hanging, deadline_s=1.0)
    )
    begun = runners.clock()
    before = language(runners.database)
    for count in range(1, 7):
        for _ in range(6):
            runner.poll()
            runners.settle()
            runners.forward(10)
        assert len(steady.times) == count
    assert hanging.began.is_set()
    assert [time - begun for time in steady.times] == [timedelta(minutes=n) for n in range(6)]
    assert sorted(runners.alarms(HERE)) == sorted(runners.alarms(THERE)) == ["hangs", "throws"]
    states = runners.states()
    assert (states["hangs"].error, states["throws"].error) == ("TimeoutError", "ZeroDivisionError")
    assert states["steady"].failures == 0
    hanging.let_go.set()
    until(lambda: hanging.ended, "the job that hung did not end")
    assert isinstance(hanging.ended[0], DBAPIError)
    assert language(runners.database) == before


def test_the_alarm_comes_after_three_misses_and_goes_with_a_success(runners: Runners) -> None:
    works = [False]

    def sometimes(work: Work) -> None:
        if not works[0]:
            throws(work)

    runner = runners.make(job("sometimes", sometimes))
    seen = []
    for _ in range(4):
        runner.poll()
        runners.settle()
        seen.append(runners.alarms())
        runners.forward(AGAIN_AT_MOST_S)
    assert seen == [[], [], ["sometimes"], ["sometimes"]]
    works[0] = True
    runner.poll()
    runners.settle()
    assert runners.alarms() == []
    state = runners.states()["sometimes"]
    assert (state.failures, state.error) == (0, None)
    assert state.succeeded_at == runners.clock()


@on_sqlite
def test_it_is_tried_again_ever_later_and_then_at_its_period(runners: Runners) -> None:
    fail = [True]

    def perhaps(work: Work) -> None:
        if fail[0]:
            throws(work)

    runner = runners.make(job("perhaps", perhaps))

    def wait_s() -> float:
        runner.poll()
        runners.settle()
        wait = (runners.states()["perhaps"].due_at - runners.clock()).total_seconds()
        runners.forward(wait)
        return wait

    assert [wait_s() for _ in range(8)] == [10, 20, 40, 80, 160, 320, 600, 600]
    fail[0] = False
    assert [wait_s(), wait_s()] == [60, 60]


def test_whoever_lost_the_lease_commits_nothing_any_more(runners: Runners) -> None:
    hanging, refused = runners.hanging, list[str]()

    def late(work: Work) -> None:
        hanging.began.set()
        hanging.let_go.wait()
        try:
            with work.write() as db:
                db.execute(text("UPDATE site SET language = 'en'"))
        except Exception as problem:
            refused.append(type(problem).__name__)
            raise

    one = runners.make(job("late", late))
    two = runners.make(job("late", single_transaction(lambda _db, _now: None)), holder="two")
    before = language(runners.database)
    one.poll()
    assert hanging.began.is_set()
    runners.forward(60 + MARGIN_S - 5)
    two.poll()
    assert runners.states()["late"].succeeded_at is None, "the lease holds still"
    runners.forward(10)
    two.poll()
    runners.settle()
    done = runners.states()["late"].succeeded_at
    assert done is not None
    hanging.let_go.set()
    until(lambda: refused, "what came late was committed")
    assert refused == ["ClaimLost"]
    assert language(runners.database) == before
    assert runners.states()["late"].succeeded_at == done


def test_a_job_whose_process_died_is_done_by_another_and_counted(runners: Runners) -> None:
    steady = Counted()
    two = runners.make(job("steady", steady), holder="two")
    for _ in range(3):
        with runners.database.write() as db:
            (claim,) = job_rows.claim(
                db, {("steady", ""): 60.0}, "dead", database_time(db, runners.clock)
            )
        assert claim.holder == "dead"
        two.poll()
        assert steady.times == []
        runners.forward(60 + MARGIN_S + 1)
    two.poll()
    runners.settle()
    assert len(steady.times) == 1
    assert runners.states()["steady"].failures == 0
    assert runners.alarms() == []


def test_it_catches_up_from_the_last_time_that_it_was_done(runners: Runners) -> None:
    spans: list[tuple[Utc, Utc]] = []
    note = transaction_since_last_run(lambda _db, since, now: spans.append((since, now)))
    runner = runners.make(job("spans", note))
    begun = runners.clock()
    runner.poll()
    runners.settle()
    runners.forward(3600 * 24 * 40)
    runner.poll()
    runners.settle()
    later = runners.clock()
    assert spans == [(Utc.of(begun - MAX_CATCH_UP), begun), (begun, later)]


@on_sqlite
def test_a_clock_that_was_set_back_keeps_no_job_from_being_done(runners: Runners) -> None:
    spans: list[tuple[Utc, Utc]] = []
    note = transaction_since_last_run(lambda _db, since, now: spans.append((since, now)))
    runner = runners.make(job("spans", note))
    runner.poll()
    runners.settle()
    runners.clock.forward(days=-400)
    runner.poll()
    runners.settle()
    assert spans[1] == (Utc.of(runners.clock() - MAX_CATCH_UP), runners.clock())


def test_what_is_done_for_each_site_is_done_where_the_lease_is_held(runners: Runners) -> None:
    done: list[str] = []

    def of_site(work: Work) -> None:
        if work.site == THERE:
            throws(work)
        done.append(work.site)

    runner = runners.make(job("of_site", of_site, per_site=True))
    runners.sites = set()
    runner.poll()
    assert done == []
    runners.sites = {HERE, THERE}
    for _ in range(3):
        runner.poll()
        runners.settle()
        runners.forward(AGAIN_AT_MOST_S)
    assert done == [HERE] * 3
    assert (runners.alarms(HERE), runners.alarms(THERE)) == ([], ["of_site"])
    runners.sites = {THERE}
    runner.poll()
    runners.settle()
    assert done == [HERE] * 3


@on_sqlite
def test_it_may_go_on_while_the_site_is_held_and_nobody_stops_it(runners: Runners) -> None:
    asked: list[bool] = []

    def asks(work: Work) -> None:
        asked.append(work.may_continue())
        runners.sites = set()
        asked.append(work.may_continue())

    runner = runners.make(job("asks", asks, per_site=True, first_s=600.0))
    runners.sites = {HERE}
    runner.poll()
    assert asked == [], "after a start others come first"
    runners.forward(601)
    runner.poll()
    runners.settle()
    assert asked == [True, False]


def test_at_the_end_what_is_in_hand_goes_to_others(runners: Runners) -> None:
    hanging, taken_over = runners.hanging, threading.Event()
    runner = runners.make(job("moves", hanging))
    runner.start()
    assert hanging.began.wait(60)
    runner.stop()
    two = runners.make(job("moves", lambda _work: taken_over.set()), holder="two")
    two.poll()
    assert taken_over.wait(60), "nobody is taking care of it over"
    hanging.let_go.set()
    until(lambda: hanging.ended, "what hung did not end")


def test_jobs_of_another_program_are_forgotten_with_their_alarms(runners: Runners) -> None:
    old = runners.make(job("old", throws))
    for _ in range(3):
        old.poll()
        runners.settle()
        runners.forward(AGAIN_AT_MOST_S)
    assert runners.alarms() == ["old"]
    new = runners.make(job("new", single_transaction(lambda _db, _now: None)))
    new.start()
    until(lambda: "new" in runners.states(), "the new job was not begun")
    new.stop()
    assert set(runners.states()) == {"new"}
    assert runners.alarms() == []


def test_the_list_is_sound() -> None:
    names = [job.name for job in HOUSE.jobs]
    assert len(names) == len(set(names))
    assert {"policy", "bookings", "silence", "retention", "outbox"} <= set(names)
    for item in HOUSE.jobs:
        french, english = (catalogues(HOUSE.locale).of(one).say(item.title) for one in Language)
        assert french
        assert english not in ("", french)
        assert item.deadline_s > 0
    with pytest.raises(ValueError, match="declared twice"):
        House((*HOUSE.features, Capability(name="twice", jobs=HOUSE.jobs[:1])), POLICY)

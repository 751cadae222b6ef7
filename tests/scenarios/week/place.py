"""The week's place: broker, serve, two agents and their bench, each a process; started, ended."""

import json
import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from controller.assembly import HOUSE
from controller.capabilities.accounts import accounts, tokens
from controller.cli.demo.processes import Process, Processes
from controller.cli.demo.start import find_mosquitto
from controller.cli.init import initialise
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Role
from controller.kernel.database import Database
from controller.settings.reading import load
from controller.store.engine import open_database
from devices.agent.enrolment.enrol import enrol
from devices.sim.client import SimBench
from tests.peers.cable import Cable
from tests.scenarios.week import wiring
from tests.scenarios.week.calls import Caller
from tests.scenarios.week.hands import Hands
from tests.support.programs import free_port
from tests.support.running_place import RunningPlace
from tests.support.tree import ROOT

SITE, ZONE = "la-fabrique", ZoneInfo("Europe/Paris")
START_S = 180.0
MON, TUE, WED, THU, FRI, SAT, SUN = range(7)


@dataclass
class Week:
    """A running place, its clock, and those who run it."""

    folder: Path
    monday: date
    hands: Hands
    processes: Processes
    running: RunningPlace
    bench: SimBench
    broker_port: int
    callers: dict[str, Caller] = field(default_factory=dict)
    cables: dict[str, Cable] = field(default_factory=dict)
    agents: dict[str, Process] = field(default_factory=dict)
    dates: dict[str, str] = field(default_factory=dict)
    """The course sessions of the week, by day."""
    names: dict[str, str] = field(default_factory=dict)
    """Who has which badge: names of members by theirs."""

    def moment(self, day: int, clock: str) -> Utc:
        """A local time of the week: day 0 is its Monday, 7 the next one."""
        there = datetime.combine(self.monday + timedelta(days=day), time.fromisoformat(clock), ZONE)
        return Utc.of(there.astimezone(UTC))

    def between(self, day: int, start: str, end: str) -> dict[str, str]:
        """From and to, as the API takes it."""
        return {
            "starts_at": self.moment(day, start).text(),
            "ends_at": self.moment(day, end).text(),
        }

    def it_is(self, day: int, clock: str, *, hub: bool = True) -> None:
        """That time comes, for everybody; wait until the hub has renewed its lease in it, unless
        nothing is asked of it meanwhile: for a policy that it did not send, agents ask late."""
        self.hands.move_to(self.moment(day, clock))
        if hub:
            self.running.wait_for(self._hub_leads)

    def caller(self, role: Role, member_id: str | None = None) -> Caller:
        """Somebody with an account that an admin makes over the API, and calls with its token."""
        new = {"login": f"{role.value}-{member_id or 'staff'}", "member_id": member_id}
        made = self.admin.post("/accounts", {**new, "roles": {SITE: [role.value]}})
        return Caller(self.running, self._token(made["id"]), made["id"])

    def first_admin(self) -> Caller:
        """Whom `loquet user add` makes: nobody could over the API."""
        roles = {SITE: frozenset({Role.ADMIN})}
        with self.database() as database, database.write() as db:
            account = accounts.create(
                db, login="admin", password=None, roles=roles, actor=_CLI, now=self.hands.now()
            )
        return Caller(self.running, self._token(account), account)

    def _token(self, account: str) -> str:
        """What `loquet token add` prints: an account that never signs in can't ask for it."""
        with self.database() as database, database.write() as db:
            scopes = list(HOUSE.permissions)
            _, token = tokens.add(db, account, "week", scopes, self.hands.now(), _CLI)
        return token

    @contextmanager
    def database(self) -> Iterator[Database]:
        """The place's database, as the command line opens it."""
        engine = open_database(load(self.folder / "config.toml").database.url)
        try:
            yield Database(engine, clock=self.hands.now, house=HOUSE)
        finally:
            engine.dispose()

    @property
    def desk(self) -> Caller:
        return self.callers["desk"]

    @property
    def manager(self) -> Caller:
        return self.callers["manager"]

    @property
    def admin(self) -> Caller:
        return self.callers["admin"]

    def new_badge(self, name: str) -> str:
        """A badge that nobody has had, for this person."""
        number = f"em:{len(self.names) + 1:010d}"
        self.names[number] = name
        return number

    def badge_of(self, name: str) -> str:
        """The newest badge of a person."""
        return next(badge for badge, whose in reversed(self.names.items()) if whose == name)

    def start_agent(self, agent: str, claim_code: str) -> None:
        """Enrol it with its claim code, and start it behind a cable that can be pulled."""
        state = self.folder / agent / "state"
        enrol(self.running.url, claim_code, state)
        self.cables[agent] = cable = Cable(self.broker_port)
        file = state / "enrolment.json"
        enrolled = json.loads(file.read_bytes())
        file.write_text(json.dumps(enrolled | {"mqtt": enrolled["mqtt"] | {"port": cable.port}}))
        config = self.folder / agent / "config.toml"
        self.agents[agent] = self.processes.add(agent, self._moved("agent", config), **_ENVIRONMENT)

    def pull_out(self) -> None:
        """Take the agents' cables away for good."""
        for cable in self.cables.values():
            cable.close()

    def start_serve(self) -> None:
        """The hub and the web side, and wait until both serve."""
        command = self._moved("serve", self.folder / "config.toml")
        serve = self.processes.add("serve", command, **_ENVIRONMENT)
        self.processes.wait_for(serve, self._is_ready)

    def in_step(self, *agents: str) -> None:
        """Wait until these agents (none named: all) hold the policy as it is in the database."""
        version = self._stored("SELECT version FROM policy_site")
        for agent in agents or wiring.AGENTS:
            self.running.wait_for(partial(self._holds, agent, version))

    def _hub_leads(self) -> bool:
        until = datetime.fromisoformat(self._stored("SELECT until FROM lease"))
        return until.replace(tzinfo=UTC) > self.hands.now()

    def _stored(self, query: str) -> Any:
        """One value of the database that no route of the API tells."""
        with closing(sqlite3.connect(self.folder / "loquet.db")) as db:
            (value,) = db.execute(query).fetchone()
        return value

    def _holds(self, agent: str, version: int) -> bool:
        held = self.manager.get(f"/agents/{agent}")["policy_version"]
        return held is not None and held >= version

    def _moved(self, what: str, config: Path) -> list[str]:
        module = "tests.scenarios.week.moved"
        return [sys.executable, "-m", module, what, str(config), str(self.folder / "hands")]

    def _is_ready(self) -> bool:
        try:
            return self.running.call("GET", "/openapi.json", token="").status == 200
        except OSError:
            return False


_ENVIRONMENT = {"PYTHONPATH": str(ROOT)}
_CLI = Actor.system("cli")


@contextmanager
def running_week(folder: Path) -> Iterator[Week]:
    """Everything but the agents, who are enrolled over the API; it is Monday, eight o'clock."""
    web, broker = free_port(), free_port()
    wiring.write(folder, web=web, broker=broker)
    initialise(load(folder / "config.toml"))
    monday = _monday()
    opening = datetime.combine(monday, time(8), ZONE).astimezone(UTC)
    hands = Hands(folder / "hands", start=Utc.of(opening))
    with ExitStack() as stack:
        processes = Processes(folder / "logs", print)
        stack.callback(processes.stop)
        bench = stack.enter_context(_bench(processes, folder))
        processes.add("broker", [find_mosquitto(), "-c", str(folder / "broker/mosquitto.conf")])
        running = RunningPlace(folder, f"http://127.0.0.1:{web}", "", SITE, {})
        week = Week(folder, monday, hands, processes, running, bench, broker)
        stack.callback(week.pull_out)
        week.start_serve()
        week.callers["admin"] = week.first_admin()
        for role in (Role.MANAGER, Role.DESK):
            week.callers[role.value] = week.caller(role)
        yield week


@contextmanager
def _bench(processes: Processes, folder: Path) -> Iterator[SimBench]:
    control = folder / "pins.sock"
    command = [sys.executable, "-m", "devices.sim.pins", "--socket", str(control)]
    pins = processes.add("pins", [*command, "--bench", str(folder / "bench.toml")], **_ENVIRONMENT)
    processes.wait_for(pins, control.exists)
    with SimBench(str(control)) as bench:
        bench.watch("door", "power")
        yield bench


def _monday() -> date:
    """The Monday two weeks ago. `LOQUET_WEEK` names another, such as one when the clocks change.

    TLS asks this computer's clock: an agent's certificate, of 90 days from the week's Monday, must
    be valid now.
    """
    named = os.environ.get("LOQUET_WEEK")
    if named:
        return date.fromisoformat(named)
    today = datetime.now(ZONE).date()
    return today - timedelta(days=today.weekday() + 14)

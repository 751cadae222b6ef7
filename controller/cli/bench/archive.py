"""Generate years of events and sessions quickly, byte for byte as agents would sign them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from itertools import islice
from random import Random

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from controller.assembly import HOUSE
from controller.capabilities.agents.models import AgentRow
from controller.capabilities.places import sites
from controller.capabilities.places.shapes import NewSite
from controller.capabilities.usage import totals
from controller.capabilities.usage.models import SessionRow
from controller.domain.facts import Language
from controller.domain.time import Utc
from controller.hub.event_writer import COLUMNS, Row
from controller.kernel.actor import Actor
from controller.kernel.database import Database
from controller.kernel.journal import TYPES, BootAnchor, EventRow, StreamState, numbers_of
from controller.kernel.shapes import Label
from controller.store.migrate import upgrade
from controller.store.packed_event import head_of, id_from, id_numbers, id_text, pack
from controller.store.upsert import insert_new
from controller.wire.journal_bytes import GENESIS

SITES = ("lieu-nord", "lieu-sud", "lieu-est", "lieu-ouest")
AGENTS_EACH = 4
"""Number of agents at each site."""
END = Utc.parse("2026-11-01T00:00:00.000Z")
"""Time of the last event."""
_AT_ONCE = 2000
_KINDS = ("access_granted", "session_started", "session_state", "session_ended")
_SESSION = (
    *("id", "site_id", "agent_id", "access_point_id", "member_ref", "started_at", "ended_at"),
    *("active_s", "idle_s", "powered_s", "gap_s", "cause", "row_version", "skewed"),
)


@dataclass
class _Agent:
    """One of the simulated agents, with one machine, and the end of its chain."""

    site: str
    name: str
    boot: str
    numbers: tuple[int, int, int, int] = (0, 0, 0, 0)
    """Numbers of its stream, site, access point and boot."""
    seq: int = 0
    last_hash: str = GENESIS
    visit: tuple[str, str] = ("", "")
    """Ids of the current session and member."""


class Archive:
    """A database with agents at four sites, to be filled with events and sessions."""

    def __init__(self, engine: Engine) -> None:
        upgrade(engine, HOUSE.migrations)
        self.database = Database(engine, house=HOUSE, clock=lambda: END)
        self._random = Random(20260101)  # noqa: S311  the same archive each time
        with self.database.write() as db:
            for site in SITES:
                zone, name = "Europe/Paris", Label(fr=site)
                new = NewSite(id=site, name=name, time_zone=zone, language=Language.FR)
                sites.create(db, new, actor=Actor.system("bench"), now=END)
            self._agents = [
                _enrol(db, site, f"atelier-{number}", self._random)
                for number, site in enumerate(SITES * AGENTS_EACH)
            ]

    def add_events(self, number: int, every_s: float = 60.0) -> None:
        """Add this number of events, evenly spaced, the last at END."""
        events = _events(self._agents, self._random, number, every_s)
        while chunk := list(islice(events, _AT_ONCE)):
            with self.database.write() as db:
                insert_new(db, EventRow, COLUMNS, chunk)

    def add_sessions(self, number: int, every_s: float = 60.0) -> None:
        """Add this number of sessions, and their daily totals."""
        used = _sessions(self._agents, self._random, number, every_s)
        while batch := list(islice(used, _AT_ONCE)):
            with self.database.write() as db:
                insert_new(db, SessionRow, _SESSION, batch)
        with self.database.write() as db:
            totals.recount(db)


def _enrol(db: Session, site: str, name: str, random: Random) -> _Agent:
    agent = _Agent(site, name, _id(random, END.millis()))
    db.add(AgentRow(id=name, site_id=site, name={"en": name}, created_at=END))
    db.flush()
    stream = StreamState(
        agent_id=name,
        stream=_id(random, END.millis()),
        through=0,
        also=[],
        last_hash=GENESIS,
        forked=False,
        updated_at=END,
    )
    boot = BootAnchor(agent_id=name, boot_id=agent.boot, mono_ms=0, at=END)
    db.add_all([stream, boot])
    db.flush()
    names = numbers_of(db, [site, name])
    agent.numbers = (stream.no, names[site], names[name], boot.no)
    return agent


def _times(number: int, every_s: float) -> Iterator[Utc]:
    step = timedelta(milliseconds=round(every_s * 1000))
    return (Utc.of(END - step * left) for left in range(number, 0, -1))


def _events(agents: list[_Agent], random: Random, number: int, every_s: float) -> Iterator[Row]:
    """Yield events of visits, from each agent in turn."""
    for count, at in enumerate(_times(number, every_s)):
        agent = agents[count % len(agents)]
        kind = _KINDS[agent.seq % len(_KINDS)]
        if kind == _KINDS[0]:
            agent.visit = (_id(random, at.millis()), _id(random, 0))
        yield _event(agent, kind, at, random)


def _event(agent: _Agent, kind: str, at: Utc, random: Random) -> Row:
    agent.seq += 1
    event_id = _id(random, at.millis())
    mono_ms = agent.seq * 60_000 + random.randrange(60_000)
    head = head_of(kind, agent.seq, event_id, agent.boot, mono_ms, at, agent.name)
    before = agent.last_hash
    raw = head + _event_fields(kind, agent, random) + f',"prev_hash":"{before}"}}'.encode()
    agent.last_hash = sha256(raw).hexdigest()
    stream, site, point, boot = agent.numbers
    return (
        *id_numbers(event_id),
        agent.seq,
        mono_ms,
        at.millis(),
        None,
        None,
        at.millis() + 400,
        stream,
        site,
        point,
        boot,
        TYPES.index(kind),
        False,
        False,
        bytes.fromhex(agent.last_hash),
        bytes.fromhex(before),
        pack(raw, head, before),
    )


def _event_fields(kind: str, agent: _Agent, random: Random) -> bytes:
    """Return the event's own fields in the agents' encoding."""
    session, member = agent.visit
    holder = f'"credential":"{_KEYS[agent.seq % len(_KEYS)]}","member":"{member}"'
    times_s = [random.randrange(3_600_000) / 1000 for _ in range(3)]
    fields_of = {
        "access_granted": f'{holder},"assurance":"uid","policy_version":{agent.seq // 50 + 1},'
        '"credential_kind":"member","headcount":1,"supervisor":null,"notices":[]',
        "session_started": f'"session_id":"{session}",{holder},"supervisor":null,"took_over":null',
        "session_state": f'"session_id":"{session}","state":"running","active_s":null,'
        '"idle_s":null,"powered_s":null',
        "session_ended": f'"session_id":"{session}","active_s":{times_s[0]},"idle_s":{times_s[1]},'
        f'"powered_s":{times_s[2]},"gap_s":0.0,"cause":"badge_out","was_running":false,'
        f'"ended_ago_s":0.0,"member":"{member}"',
    }
    return f",{fields_of[kind]}".encode()


def _sessions(
    agents: list[_Agent], random: Random, number: int, every_s: float
) -> Iterator[tuple[object, ...]]:
    for count, at in enumerate(_times(number, every_s)):
        agent = agents[count % len(agents)]
        active = float(random.randrange(60, 3600))
        began_ms, member = at.millis(), _id(random, 0)
        ended_ms = began_ms + round(active * 1000)
        session = (_id(random, began_ms), agent.site, agent.name, agent.name, member)
        yield (*session, began_ms, ended_ms, active, 30.0, active + 30, 0.0, "badge_out", 1, False)


def _id(random: Random, millis: int) -> str:
    """Return a UUIDv7 with that time."""
    high = id_from(millis) | 0x7000 | random.getrandbits(12)
    return id_text(high, (0b10 << 62 | random.getrandbits(62)) - (1 << 63))


_KEYS = tuple(f"{word}{word[:6]}A" for word in (f"{n * 7919:08x}Bq-_" * 3 for n in range(50)))
"""Holder keys: 43 characters, the length of 32 bytes in base64url."""

"""Handles status, telemetry, access-point states, wiring and replies from agents."""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.agents import away
from controller.capabilities.agents.agents import UNKNOWN_AFTER
from controller.capabilities.agents.changes import AgentNews
from controller.capabilities.agents.models import AgentRow, AgentState
from controller.capabilities.machines import commissioning_lapse
from controller.capabilities.machines.changes import PointNews
from controller.capabilities.machines.models import PointStateRow
from controller.capabilities.user_reports.dangers import stop_idle
from controller.domain.control_characters import as_line, with_single_lines
from controller.domain.time import Utc
from controller.hub.admission import Admission, AdmittedMessage
from controller.hub.commands import record_replies
from controller.hub.counters import Counters
from controller.hub.resume import Resumes
from controller.kernel.database import Database, wall_clock
from controller.kernel.jsontypes import to_json
from controller.kernel.outbox import post_news
from controller.wire.link_port import IncomingMessage
from controller.wire.messages import (
    AgentStatus,
    AgentTelemetry,
    AgentWiring,
    CommandReply,
    Message,
    PointState,
    State,
)
from controller.wire.topics import Channel

# After a power cut many agents reconnect with an old policy; they are brought up to date together.

PolicyVersion = tuple[int, int]
"""Epoch and version of a policy."""


class CatchUp:
    """Remembers the policy version of agents that have just connected, until they are up to date.

    Any thread may add to it; one thread reads it. Its loss does no harm: an agent that gets no
    deltas asks for pages.
    """

    def __init__(self, send_deltas: Callable[[str, Mapping[str, PolicyVersion]], None]) -> None:
        self._send_deltas = send_deltas
        self._lock = threading.Lock()
        self._versions: dict[str, dict[str, PolicyVersion]] = {}
        """By site and agent: the epoch and version that the agent reported."""

    def add(self, site: str, agent: str, status: AgentStatus, *, is_new: bool) -> None:
        """Note the policy version that an agent reported; `is_new`: the first status of a
        connection."""
        with self._lock:
            versions_by_agent = self._versions.setdefault(site, {})
            if status.online and (is_new or agent in versions_by_agent):
                versions_by_agent[agent] = (status.epoch, status.policy_version)
            else:
                versions_by_agent.pop(agent, None)

    def poll(self) -> None:
        """Send deltas to the agents that have connected since the last call. Raises DBAPIError."""
        with self._lock:
            versions, self._versions = self._versions, {}
        for site, versions_by_agent in versions.items():
            if versions_by_agent:
                self._send_deltas(site, versions_by_agent)


_TYPES: dict[Channel, type[Message]] = {
    Channel.STATUS: AgentStatus,
    Channel.TELEMETRY: AgentTelemetry,
    Channel.POINT: PointState,
    Channel.WIRING: AgentWiring,
    Channel.REPLY: CommandReply,
}

AdmittedStatus = tuple[AdmittedMessage, Message]


class Liveness:
    """Stores agents' messages; only the newest of each kind is kept, so duplicates do no harm."""

    def __init__(
        self,
        database: Database,
        admission: Admission,
        counters: Counters,
        clock: Callable[[], Utc] = wall_clock,
        *,
        resumes: Resumes | None = None,
        resume: Callable[[Iterable[tuple[str, str, str]]], None] = lambda _streams: None,
        catch_up: CatchUp | None = None,
    ) -> None:
        """`resume` is called after the commit with site, agent and stream of the agents that are
        online; `catch_up` gets their policy versions."""
        self._database = database
        self._admission = admission
        self._counters = counters
        self._clock = clock
        self._resumes, self._resume = resumes or Resumes(), resume
        self._catch_up = catch_up

    def handle(self, messages: list[IncomingMessage]) -> None:
        """Store a group of messages in one transaction. Raises DBAPIError."""
        received = list(self._read(messages))
        if not received:
            return
        now = self._clock()
        with self._database.write() as db:
            loaded_rows, returned = _load_rows(db, received), set[str]()
            for admitted, message in received:
                self._store(db, admitted, message, now, returned)
            away.record_return(db, returned, now)
            del loaded_rows
            replies = [(a.agent.id, m) for a, m in received if isinstance(m, CommandReply)]
            record_replies(db, replies, now)
            if idle := {str(a.topic.access_point) for a, m in received if _is_idle(m)}:
                db.flush()
                stop_idle(db, now, idle)
        self._resume(
            (admitted.agent.site, admitted.agent.id, message.stream)
            for admitted, message in received
            if isinstance(message, AgentStatus) and message.online and message.stream
        )

    def _read(self, messages: Iterable[IncomingMessage]) -> Iterable[AdmittedStatus]:
        # An empty payload only clears a retained topic; it is no message of the agent.
        for admitted in self._admission.admit(message for message in messages if message.payload):
            kind = _TYPES.get(admitted.topic.channel)
            if kind is None:
                self._counters.add("dropped_bad_topic")
            elif (message := self._admission.read(admitted, kind)) is not None:
                yield admitted, message

    def _store(
        self, db: Session, admitted: AdmittedMessage, message: Message, now: Utc, returned: set[str]
    ) -> None:
        """Store one message; add agents that have returned to `returned`."""
        match message:
            case AgentStatus():
                self._store_status(db, admitted, message, now, returned)
            case AgentTelemetry():
                self._store_telemetry(db, admitted, message, now, returned)
            case PointState():
                self._store_point(db, admitted, message, now)
            case AgentWiring():
                _store_wiring(db, admitted, message, now)
            case _:
                pass

    def _store_status(
        self,
        db: Session,
        admitted: AdmittedMessage,
        status: AgentStatus,
        now: Utc,
        returned: set[str],
    ) -> None:
        row = _state_of(db, admitted.agent.id)
        if status.connection < row.connection:
            self._counters.add("dropped_older_status")
            return
        is_new = status.connection > row.connection
        if is_new:
            self._resumes.forget(admitted.agent.id)
            _forget_backlog(row)
        if self._catch_up is not None and not admitted.message.retained:
            self._catch_up.add(admitted.agent.site, admitted.agent.id, status, is_new=is_new)
        was_away = not row.online
        row.online, row.boot_id, row.connection = status.online, status.boot_id, status.connection
        row.version = as_line(status.version)
        row.protocols = [str(protocol) for protocol in status.protocols]
        row.epoch, row.policy_version = status.epoch, status.policy_version
        row.stream, row.started_at = status.stream, status.started_at
        if row.key_generation != status.credential_generation:
            row.key_generation, row.key_since = status.credential_generation, now
        # A retained status is an old message; it does not show that the agent is online now.
        if status.online and not admitted.message.retained:
            _note_message(row, now, returned)
        if status.online and was_away:
            returned.add(row.agent_id)
        elif not status.online:
            away.record_return(db, returned & {row.agent_id}, now)
            returned.discard(row.agent_id)
            away.record_absence(db, row.agent_id, now)
        post_news(db, AgentNews(site=admitted.agent.site, key=admitted.agent.id))

    def _store_telemetry(
        self,
        db: Session,
        admitted: AdmittedMessage,
        telemetry: AgentTelemetry,
        now: Utc,
        returned: set[str],
    ) -> None:
        row = _state_of(db, admitted.agent.id)
        _note_message(row, now, returned)
        row.telemetry = with_single_lines(to_json(telemetry))
        post_news(db, AgentNews(site=admitted.agent.site, key=admitted.agent.id))

    def _store_point(
        self, db: Session, admitted: AdmittedMessage, state: PointState, now: Utc
    ) -> None:
        point = admitted.topic.access_point
        if point is None or point not in admitted.agent.points:
            self._counters.add("dropped_foreign_point")
            return
        row = db.get(PointStateRow, point)
        if row is None:
            row = PointStateRow(access_point_id=point)
            db.add(row)
        row.agent_id, row.state, row.since = admitted.agent.id, state.state.value, state.since
        row.session_id, row.available = state.session_id, state.available
        row.ends_at, row.warning, row.faults = state.ends_at, state.warning, list(state.faults)
        row.watts, row.received_at = state.watts, now
        post_news(db, PointNews(site=admitted.agent.site, key=point))


def _load_rows(db: Session, received: Sequence[AdmittedStatus]) -> list[object]:
    """Load the rows that these messages change with a few queries.

    `db.get` then finds them in the session as long as the caller holds the list; loading them one
    by one costs a query and a flush each.
    """
    agents = {admitted.agent.id for admitted, _ in received}
    wiring_agents = {admitted.agent.id for admitted, m in received if isinstance(m, AgentWiring)}
    points = {
        str(admitted.topic.access_point) for admitted, m in received if isinstance(m, PointState)
    }
    return [
        *db.scalars(select(AgentState).where(AgentState.agent_id.in_(agents))),
        *db.scalars(select(AgentRow).where(AgentRow.id.in_(wiring_agents))),
        *db.scalars(select(PointStateRow).where(PointStateRow.access_point_id.in_(points))),
    ]


def _is_idle(message: Message) -> bool:
    return isinstance(message, PointState) and message.state is not State.RUNNING


def _store_wiring(db: Session, admitted: AdmittedMessage, wiring: AgentWiring, now: Utc) -> None:
    row = db.get(AgentRow, admitted.agent.id)
    new_wiring = {"access_points": with_single_lines(to_json(wiring.access_points))}
    if row is not None and row.wiring != new_wiring:
        commissioning_lapse.handle_rewiring(db, row.id, row.wiring, new_wiring, now)
        row.wiring = new_wiring
        post_news(db, AgentNews(site=admitted.agent.site, key=admitted.agent.id))


def _note_message(row: AgentState, now: Utc, returned: set[str]) -> None:
    """Record that the agent has sent a message; add it to `returned` if it was silent."""
    if row.seen_at is None or now - row.seen_at > UNKNOWN_AFTER:
        returned.add(row.agent_id)
        _forget_backlog(row)
    row.seen_at = now


def _forget_backlog(row: AgentState) -> None:
    """Remove the number of unsent events, which is outdated until the agent's next telemetry."""
    fields = row.telemetry or {}
    row.telemetry = {key: value for key, value in fields.items() if key != "backlog"}


def _state_of(db: Session, agent: str) -> AgentState:
    row = db.get(AgentState, agent)
    if row is None:
        row = AgentState(
            agent_id=agent,
            online=False,
            boot_id=None,
            connection=0,
            version=None,
            protocols=[],
            epoch=0,
            policy_version=0,
            stream=None,
            started_at=None,
            seen_at=None,
            telemetry=None,
        )
        db.add(row)
        db.flush()
    return row

"""Answers a board's message and records its effects, in one transaction."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from controller.capabilities.access.tap_verdict import TapVerdict, judge_tap
from controller.capabilities.machines.changes import PointNews
from controller.capabilities.machines.models import PointStateRow
from controller.capabilities.usage.models import SessionRow
from controller.domain.access.decision import DenyReason
from controller.domain.facts import AccessPoint, Assurance, Language, OnRevoke
from controller.domain.ids import HolderKey, MemberRef
from controller.domain.time import Utc
from controller.integrations.fabomatic import protocol as said
from controller.integrations.fabomatic.boards import gateway
from controller.integrations.fabomatic.journal import Journal
from controller.integrations.fabomatic.models import FabomaticBoardRow
from controller.integrations.fabomatic.old_place import card_number
from controller.kernel.outbox import post_news
from controller.policy import facts_of
from controller.wire.events import (
    AccessDenied,
    AccessGranted,
    EventBase,
    SessionEnded,
    SessionStarted,
    SessionState,
)
from controller.wire.ids import uuid7
from controller.wire.keys import holder_key
from controller.wire.messages import State

NORMAL, UNKNOWN = 1, 0
"""Levels of a card in the boards' protocol; Loquet gives no more than use."""
RECORD_EVERY_S = 300
"""How often, in seconds, a continuing use is recorded as an event."""
_MISSING = frozenset({DenyReason.CERTIFICATION_MISSING, DenyReason.CERTIFICATION_EXPIRED})
_NO_KEY = HolderKey("")


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent to the board after the commit."""

    reply: said.Reply | None = None
    stop: said.StopRequest | None = None


@dataclass(slots=True)
class _Board:
    """One board while one of its messages is handled."""

    db: Session
    row: FabomaticBoardRow
    journal: Journal
    credential_key: bytes = field(repr=False)
    now: Utc
    events: list[EventBase] = field(default_factory=list)

    @property
    def session(self) -> SessionRow | None:
        """Return the board's current session; None: there is none."""
        return self.db.get(SessionRow, self.row.session_id) if self.row.session_id else None

    def judge(self, card: str, held_by: MemberRef | None = None) -> TapVerdict:
        """Return the decision for that card at this board's machine."""
        return judge_tap(
            self.db,
            self.key(card) or _NO_KEY,
            self.row.access_point_id,
            site_id=self.row.site_id,
            now=self.now,
            held_by=held_by,
        )

    def key(self, card: str) -> HolderKey | None:
        """Return the holder key of a card; None if the text is no card number."""
        number = card_number(card)
        return holder_key(self.credential_key, number) if number else None

    def head(self, ago_s: float = 0.0) -> dict[str, object]:
        """Return the fields that all events of this board share."""
        return self.journal.head(self.row.access_point_id, self.now, ago_s)


def answer(
    db: Session,
    site: str,
    number: int,
    it: said.BoardMessage,
    *,
    credential_key: bytes,
    journal: Journal,
    now: Utc,
) -> Answer:
    """Handle a board's message and return the answer.

    Raises DBAPIError; then nothing is sent.
    """
    row = db.get(FabomaticBoardRow, (site, number))
    if row is None:
        reply = said.SimpleReply(request_ok=False, message="Invalid machine ID")
        return Answer(None if isinstance(it, said.Alive) else reply)
    board = _Board(db, row, journal, credential_key, now)
    row.seen_at = now
    made = _answer(board, it)
    journal.write(db, board.events, now)
    _show(board)
    db.flush()
    return made


def _answer(board: _Board, it: said.BoardMessage) -> Answer:
    match it:
        case said.CheckUser():
            return Answer(_check_user(board, it.uid))
        case said.CheckMachine():
            return Answer(_machine(board))
        case said.StartUse():
            return _start(board, it)
        case said.InUse():
            return _in_use(board, it)
        case said.StopUse():
            return Answer(_stop(board, it))
        case said.Maintenance():
            return Answer(said.SimpleReply(request_ok=False, message="Not here"))
        case said.Alive():
            board.row.version = it.version[:64] or None
            return Answer()
        case said.SyncCache():
            return Answer(said.CardsReply())


def _check_user(board: _Board, card: str) -> said.UserReply:
    """Check a card. A board asks only while its machine is free, so an open session is over."""
    board.events += _supersede(board)
    found = board.judge(card)
    board.events.append(_tap(board, card, found))
    granted, reason = found.decision.granted, found.decision.reason
    return said.UserReply(
        is_valid=granted, missing_auth=reason in _MISSING, level=NORMAL if granted else UNKNOWN
    )


def _tap(board: _Board, card: str, found: TapVerdict) -> EventBase:
    known = {
        "credential": board.key(card) if found.holder else None,
        "member": found.member,
        "assurance": Assurance.UID,
    }
    if found.decision.granted:
        return AccessGranted(**board.head(), **known, notices=found.decision.notices)  # type: ignore[arg-type]
    reason = found.decision.reason or DenyReason.CREDENTIAL_UNKNOWN
    return AccessDenied(**board.head(), **known, reason=reason, detail=found.decision.detail)  # type: ignore[arg-type]


def _machine(board: _Board) -> said.MachineReply:
    point = facts_of.point(board.db, board.row.site_id, board.row.access_point_id, board.now)
    longest = point.session.max_duration_s
    return said.MachineReply(
        allowed=_is_open(point),
        name=(point.name.read(Language.FR) or point.id)[:32],
        logoff=0 if longest is None else max(1, int(longest // 60)),
    )


def _is_open(point: AccessPoint) -> bool:
    return point.in_service and point.commissioned


def _start(board: _Board, it: said.StartUse) -> Answer:
    """Record a use that has started already; a member without access is asked to stop, and it is
    recorded."""
    board.events += _supersede(board)
    found = board.judge(it.uid)
    _begin(board, it.uid, found)
    refused = not found.decision.granted and not it.is_late
    if refused:
        board.events.append(_tap(board, it.uid, found))
    reply = said.SimpleReply(request_ok=True)
    return Answer(reply, said.StopRequest(uid=it.uid) if refused else None)


def _begin(board: _Board, card: str, found: TapVerdict, ago_s: float = 0.0) -> None:
    board.row.session_id = uuid7()
    key = board.key(card) if found.holder else None
    head = board.head(ago_s)
    started = SessionStarted(
        **head,  # type: ignore[arg-type]
        session_id=board.row.session_id,
        credential=key,
        member=found.member,
    )
    board.events += [started, _state(board, ago_s, 0.0)]


def _state(board: _Board, ago_s: float, used_s: float) -> SessionState:
    """Return the state event of a use; without a meter it counts as running."""
    return SessionState(
        **board.head(ago_s),  # type: ignore[arg-type]
        session_id=str(board.row.session_id),
        state=State.RUNNING,
        active_s=used_s,
        powered_s=used_s,
    )


def _in_use(board: _Board, it: said.InUse) -> Answer:
    known = board.session
    holder = MemberRef(known.member_ref) if known and known.member_ref else None
    found = board.judge(it.uid, holder)
    if known is None:
        _begin(board, it.uid, found, it.duration)
    elif it.duration - known.powered_s >= RECORD_EVERY_S:
        board.events.append(_state(board, 0.0, it.duration))
    is_over = found.revoked is not None and found.point.session.on_revoke is OnRevoke.CUT
    reply = said.SimpleReply(request_ok=True, message="inUse")
    return Answer(reply, said.StopRequest(uid=it.uid) if is_over else None)


def _stop(board: _Board, it: said.StopUse) -> said.SimpleReply:
    known = board.session
    if known is None:
        _begin(board, it.uid, board.judge(it.uid), it.duration)
    # A use that was sent late is counted, but as unobserved time.
    gap_s = it.duration if it.is_late else 0.0
    board.events.append(_end(board, "badge_out", it.duration, gap_s))
    board.row.session_id = None
    return said.SimpleReply(request_ok=True, message=f"Duration {it.duration} seconds")


def _supersede(board: _Board) -> Iterator[EventBase]:
    known = board.session
    if known is not None:
        yield _end(board, "agent_restarted", known.powered_s, 0.0)
    board.row.session_id = None


def _end(board: _Board, cause: str, used_s: float, gap_s: float) -> SessionEnded:
    return SessionEnded(
        **board.head(),  # type: ignore[arg-type]
        session_id=str(board.row.session_id),
        active_s=used_s - gap_s,
        idle_s=0.0,
        powered_s=used_s,
        gap_s=gap_s,
        cause=cause,
    )


def _show(board: _Board) -> None:
    """Store the machine's state, as the hub does for an agent's machine."""
    db, row = board.db, board.row
    state = db.get(PointStateRow, row.access_point_id)
    if state is None:
        state = PointStateRow(access_point_id=row.access_point_id, warning=False, faults=[])
        db.add(state)
    was = (state.state, state.session_id)
    state.agent_id, state.session_id = gateway(row.site_id), row.session_id
    state.state = (State.RUNNING if row.session_id else State.OFF).value
    state.available, state.received_at = row.session_id is None, board.now
    if was != (state.state, state.session_id):
        state.since = board.now
        post_news(db, PointNews(site=row.site_id, key=row.access_point_id))

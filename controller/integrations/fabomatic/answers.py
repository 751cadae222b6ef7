"""Answers a board's message and records its effects, in one transaction."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.access.tap_verdict import TapVerdict, judge_tap
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.badges.past_holders import has_ended_between
from controller.capabilities.machines.changes import PointNews
from controller.capabilities.machines.models import PointStateRow
from controller.capabilities.usage import doubts
from controller.capabilities.usage.models import SessionRow
from controller.domain.access.decision import DenyReason
from controller.domain.facts import AccessPoint, Assurance, CredentialKind, Language, OnRevoke
from controller.domain.ids import HolderKey, MemberRef
from controller.domain.time import Utc
from controller.integrations.fabomatic import protocol
from controller.integrations.fabomatic.boards import gateway
from controller.integrations.fabomatic.import_source import card_number
from controller.integrations.fabomatic.journal import Journal
from controller.integrations.fabomatic.models import FabomaticBoardRow
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
_Use = protocol.StartUse | protocol.InUse | protocol.StopUse
_REPORTS = (protocol.CheckUser, protocol.StartUse, protocol.InUse, protocol.StopUse)
"""What a board reports without delay unless it is marked as late."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent to the board after the commit."""

    reply: protocol.Reply | None = None
    stop: protocol.StopRequest | None = None


@dataclass(slots=True)
class _Board:
    """One board while one of its messages is handled."""

    db: Session
    row: FabomaticBoardRow
    journal: Journal
    credential_key: bytes = field(repr=False)
    now: Utc
    events: list[EventBase] = field(default_factory=list)
    in_doubt: str | None = None
    """The session that may have been begun with a card that was lost or returned then."""

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

    def user_since(
        self, card: str, verdict: TapVerdict, since: Utc, until: Utc
    ) -> MemberRef | None:
        """Return the card's holder, if they have had it since then: a late report doesn't say who
        had it before. A card of theirs that ended by `until` puts the use in doubt."""
        badges = select(CredentialRow).where(CredentialRow.holder_key == self.key(card))
        badge = self.db.scalar(badges)
        if badge is None or badge.created_at > since:
            return None
        owner = badge.member_id
        if since < until and owner and has_ended_between(self.db, owner, since, until):
            self.in_doubt = self.row.session_id
        return verdict.member

    def head(self, ago_s: float = 0.0) -> dict[str, object]:
        """Return the fields that all events of this board share."""
        return self.journal.head(self.row.access_point_id, self.now, ago_s)


def answer(
    db: Session,
    site: str,
    number: int,
    message: protocol.BoardMessage,
    *,
    credential_key: bytes,
    journal: Journal,
    now: Utc,
) -> Answer:
    """Handle a board's message and return the answer. Raises DBAPIError; then nothing is sent."""
    row = db.get(FabomaticBoardRow, (site, number))
    if row is None:
        reply = protocol.SimpleReply(request_ok=False, message="Invalid machine ID")
        return Answer(None if isinstance(message, protocol.Alive) else reply)
    board = _Board(db, row, journal, credential_key, now)
    row.seen_at = now
    result = _answer(board, message)
    if isinstance(message, _REPORTS) and not _is_late(message):
        row.in_time_at = now
    journal.write(db, board.events, now, is_late=_is_late(message))
    if board.in_doubt is not None:
        doubts.doubt(db, board.in_doubt)
    _store_state(board)
    db.flush()
    return result


def _answer(board: _Board, message: protocol.BoardMessage) -> Answer:
    match message:
        case protocol.CheckUser():
            return Answer(_check_user(board, message.uid))
        case protocol.CheckMachine():
            return Answer(_machine(board))
        case protocol.StartUse():
            return _start(board, message)
        case protocol.InUse():
            return _in_use(board, message)
        case protocol.StopUse():
            return Answer(_stop(board, message))
        case protocol.Maintenance():
            return Answer(protocol.SimpleReply(request_ok=False, message="Not here"))
        case protocol.Alive():
            board.row.version = message.version[:64] or None
            return Answer()
        case protocol.SyncCache():
            return Answer(protocol.CardsReply())


def _check_user(board: _Board, card: str) -> protocol.UserReply:
    """Check a card. A board asks only while its machine is free, so an open session is over."""
    board.events += _supersede(board)
    verdict = board.judge(card)
    board.events.append(_tap_event(board, card, verdict))
    granted, reason = verdict.decision.granted, verdict.decision.reason
    return protocol.UserReply(
        is_valid=granted, missing_auth=reason in _MISSING, level=NORMAL if granted else UNKNOWN
    )


def _tap_event(board: _Board, card: str, verdict: TapVerdict) -> EventBase:
    fields = {
        "credential": board.key(card) if verdict.holder else None,
        "member": verdict.member,
        "assurance": Assurance.UID,
    }
    if verdict.decision.granted:
        kind = verdict.holder.kind if verdict.holder else CredentialKind.MEMBER
        notices = verdict.decision.notices
        return AccessGranted(**board.head(), **fields, credential_kind=kind, notices=notices)  # type: ignore[arg-type]
    reason = verdict.decision.reason or DenyReason.CREDENTIAL_UNKNOWN
    return AccessDenied(**board.head(), **fields, reason=reason, detail=verdict.decision.detail)  # type: ignore[arg-type]


def _machine(board: _Board) -> protocol.MachineReply:
    point = facts_of.point(board.db, board.row.site_id, board.row.access_point_id, board.now)
    longest = point.session.max_duration_s
    return protocol.MachineReply(
        allowed=_is_open(point),
        name=(point.name.read(Language.FR) or point.id)[:32],
        logoff=0 if longest is None else max(1, int(longest // 60)),
    )


def _is_open(point: AccessPoint) -> bool:
    return point.in_service and point.commissioned


def _start(board: _Board, message: protocol.StartUse) -> Answer:
    """Record a use that has started; a member without access is asked to stop, unless it is
    reported late."""
    board.events += _supersede(board)
    verdict = board.judge(message.uid)
    _begin_session(board, message, verdict)
    refused = not verdict.decision.granted
    if refused:
        board.events.append(_tap_event(board, message.uid, verdict))
    asks_to_stop = refused and not message.is_late
    reply = protocol.SimpleReply(request_ok=True)
    return Answer(reply, protocol.StopRequest(uid=message.uid) if asks_to_stop else None)


def _begin_session(board: _Board, message: _Use, verdict: TapVerdict, ago_s: float = 0.0) -> None:
    """Record the beginning of a use. One that is reported late began when the board was last heard
    in time, at the earliest."""
    board.row.session_id = uuid7()
    since = at_latest = Utc.of(board.now - timedelta(seconds=ago_s))
    if _is_late(message) and board.row.in_time_at is not None:
        since = min(since, board.row.in_time_at)
    started = SessionStarted(
        **board.head(ago_s),  # type: ignore[arg-type]
        session_id=board.row.session_id,
        credential=board.key(message.uid),
        member=board.user_since(message.uid, verdict, since, at_latest),
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


def _in_use(board: _Board, message: protocol.InUse) -> Answer:
    session = board.session
    holder = MemberRef(session.member_ref) if session and session.member_ref else None
    verdict = board.judge(message.uid, holder)
    if session is None:
        _begin_session(board, message, verdict, message.duration)
    elif message.duration - session.powered_s >= RECORD_EVERY_S:
        board.events.append(_state(board, 0.0, message.duration))
    is_over = verdict.revoked is not None and verdict.point.session.on_revoke is OnRevoke.CUT
    reply = protocol.SimpleReply(request_ok=True, message="inUse")
    return Answer(reply, protocol.StopRequest(uid=message.uid) if is_over else None)


def _stop(board: _Board, message: protocol.StopUse) -> protocol.SimpleReply:
    session = board.session
    if session is None:
        _begin_session(board, message, board.judge(message.uid), message.duration)
    # What was not reported while it went on is counted, but as unobserved time.
    observed_s = session.powered_s if session else 0.0
    gap_s = max(0.0, message.duration - observed_s) if message.is_late else 0.0
    board.events.append(_ended_event(board, "badge_out", message.duration, gap_s))
    board.row.session_id = None
    return protocol.SimpleReply(request_ok=True, message=f"Duration {message.duration} seconds")


def _is_late(message: protocol.BoardMessage) -> bool:
    return isinstance(message, protocol.StartUse | protocol.StopUse) and message.is_late


def _supersede(board: _Board) -> Iterator[EventBase]:
    """End the session that is still open, if any: its stop was never reported."""
    session = board.session
    if session is not None:
        yield _ended_event(board, "agent_restarted", session.powered_s, 0.0)
    board.row.session_id = None


def _ended_event(board: _Board, cause: str, used_s: float, gap_s: float) -> SessionEnded:
    return SessionEnded(
        **board.head(),  # type: ignore[arg-type]
        session_id=str(board.row.session_id),
        active_s=used_s - gap_s,
        idle_s=0.0,
        powered_s=used_s,
        gap_s=gap_s,
        cause=cause,
    )


def _store_state(board: _Board) -> None:
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

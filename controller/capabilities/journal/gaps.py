"""Finds missing events: numbers in an agent's stream that never arrived, though later ones did."""

from collections.abc import Iterator

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.domain.time import Utc
from controller.kernel.journal import EventRow, StreamState
from controller.wire.received_numbers import ReceivedNumbers


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """A run of consecutive event numbers that never arrived."""

    agent: str
    stream: str
    first: int
    last: int
    since: Utc | None
    """When the event before the gap happened; None if unknown, or without one."""
    until: Utc | None
    """When the event after the gap happened; None if unknown."""

    def text(self) -> str:
        """Return the text for administrators."""
        number = self.last - self.first + 1
        events_text = f"events {self.first} to {self.last} ({number})"
        if number == 1:
            events_text = f"event {self.first}"
        times = " ".join(
            f"{word} {moment.text()}"
            for word, moment in (("after", self.since), ("before", self.until))
            if moment is not None
        )
        stream = f"agent {self.agent}, stream {self.stream}"
        return f"{stream}: {events_text} missing{', ' if times else ''}{times}"


def gaps(db: Session) -> Iterator[Gap]:
    """Yield all gaps, by agent and stream.

    Events that are still on their way briefly appear as a gap.
    """
    columns = (StreamState.no, StreamState.agent_id, StreamState.stream)
    counts = (StreamState.through, StreamState.also)
    streams = select(*columns, *counts).order_by(StreamState.agent_id, StreamState.stream)
    for no, agent, stream, through, also in db.execute(streams):
        if not also:
            continue
        received = ReceivedNumbers(through, tuple((first, last) for first, last in also))
        for first, last in received.missing(also[-1][1]):
            yield Gap(
                agent=agent,
                stream=stream,
                first=first,
                last=last,
                since=_event_time(db, no, first - 1),
                until=_event_time(db, no, last + 1),
            )


def _event_time(db: Session, stream_no: int, seq: int) -> Utc | None:
    is_event = (EventRow.stream_no == stream_no, EventRow.seq == seq)
    return db.scalars(select(EventRow.at).where(*is_event)).first()

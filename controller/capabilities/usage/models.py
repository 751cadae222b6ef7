"""Tables of the usage feature: machine sessions and daily totals."""

from datetime import date
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, text
from sqlalchemy.orm import mapped_column

from controller.domain.time import Utc
from controller.kernel.journal import SKEW_MS
from controller.store.base import Base
from controller.store.data_kinds import ActorRef, MemberRef, Plain
from controller.store.packed_event import id_millis, id_numbers
from controller.store.types import Slug, UtcMillis, Uuid, Word


def is_skewed(session_id: str, started_at: Utc | None) -> bool:
    """Return whether the time in the session's id is too far from its start for a search by id."""
    if started_at is None:
        return False
    return abs(id_millis(id_numbers(session_id)[0]) - started_at.millis()) > SKEW_MS


def _skewed_of_row(context: Any) -> bool:
    row = context.get_current_parameters()
    return is_skewed(row["id"], row.get("started_at"))


class SessionRow(Base):
    """A machine session, made from events; its end may arrive before its start."""

    __tablename__ = "machine_session"

    id: Plain[Uuid] = mapped_column(primary_key=True)
    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"))
    agent_id: Plain[Slug] = mapped_column(ForeignKey("agent.id"))
    access_point_id: Plain[Slug]
    member_ref: MemberRef[Uuid | None] = mapped_column(index=True)
    started_at: Plain[Utc | None] = mapped_column(UtcMillis)
    state: Plain[Word | None]
    state_at: Plain[Utc | None] = mapped_column(UtcMillis)
    state_order: Plain[Word | None]
    """Stream and number of the event that set the state; the greatest one wins, in any order of
    arrival."""
    ended_at: Plain[Utc | None] = mapped_column(UtcMillis)
    active_s: Plain[float]
    """Seconds in which a job ran."""
    idle_s: Plain[float]
    """Seconds with power but without a job."""
    powered_s: Plain[float]
    """Seconds with power: the sum of the active, idle and gap seconds."""
    gap_s: Plain[float]
    """Seconds with power during which the agent was not running."""
    material_mg: Plain[int] = mapped_column(BigInteger, default=0)
    """Milligrams of material that its prints used, as reported by printers; not from events."""
    cause: Plain[Word | None]
    """Why it ended, as an `EndCause` or `projection.SUPERSEDED`; null: it has not ended."""
    organisation_id: Plain[Uuid | None] = mapped_column(ForeignKey("organisation.id"))
    project_id: Plain[Uuid | None] = mapped_column(ForeignKey("project.id"))
    course_session_id: Plain[Uuid | None] = mapped_column(index=True)
    """The course session during which its user, a participant, used the machine."""
    booked_by: ActorRef[str | None]
    """Who entered its organisation or project; null: determined automatically at its start."""
    public: Plain[Word | None]
    """Its user's category for statistics at its start; null: none, or unknown."""
    cut_by_own: Plain[bool] = mapped_column(default=False)
    """Whether the person who cut its power was its user or belongs to the payer; it is then
    charged."""
    latest_start: Plain[Utc | None] = mapped_column(UtcMillis)
    """Latest possible start, if `started_at` is an estimate because the box had no time; null: it
    is known."""
    latest_end: Plain[Utc | None] = mapped_column(UtcMillis)
    """The same for the end."""
    start_told_at: Plain[Utc | None] = mapped_column(UtcMillis)
    """When its start was reported; null: not yet."""
    end_told_at: Plain[Utc | None] = mapped_column(UtcMillis)
    """When its end was reported, or the machine's next start that ended it; null: not yet."""
    given_up_at: Plain[Utc | None] = mapped_column(UtcMillis)
    """When waiting for the end was given up; what was reported is charged until the end arrives."""
    is_doubtful: Plain[bool | None]
    """Whether its badge no longer belonged to the member when it began; nobody is charged while
    this is true.

    False: somebody has confirmed the user (decision 0325).
    """
    row_version: Plain[int] = mapped_column(default=1)
    """Increases when people change the session, not with events."""
    skewed: Plain[bool] = mapped_column(default=_skewed_of_row)
    """Whether the time in its id differs from its start by more than a minute."""

    __table_args__ = (
        Index("ix_machine_session_site_id_id", "site_id", "id"),
        Index("ix_machine_session_access_point_id_id", "access_point_id", "id"),
        Index("ix_machine_session_agent_id_id", "agent_id", "id"),
        Index("ix_machine_session_access_point_id_started_at", "access_point_id", "started_at"),
        Index(
            "ix_machine_session_no_end",
            "id",
            sqlite_where=text("ended_at IS NULL AND given_up_at IS NULL"),
            postgresql_where=text("ended_at IS NULL AND given_up_at IS NULL"),
        ),
        Index(
            "ix_machine_session_latest_start",
            "site_id",
            "latest_start",
            sqlite_where=text("latest_start IS NOT NULL"),
            postgresql_where=text("latest_start IS NOT NULL"),
        ),
        Index(
            "ix_machine_session_doubtful",
            "site_id",
            sqlite_where=text("is_doubtful"),
            postgresql_where=text("is_doubtful"),
        ),
        Index(
            "ix_machine_session_id_skewed",
            "id",
            sqlite_where=text("skewed"),
            postgresql_where=text("skewed"),
        ),
    )


class UsageDay(Base):
    """Totals of the sessions that began on a day, for reports; updated with each session.

    In whole milliseconds, to avoid rounding errors.
    """

    __tablename__ = "usage_day"

    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"), primary_key=True)
    day: Plain[date] = mapped_column(primary_key=True)
    """The day in the site's time zone."""
    access_point_id: Plain[Slug] = mapped_column(primary_key=True)
    organisation_id: Plain[Uuid] = mapped_column(primary_key=True)
    """Empty: booked to no organisation; likewise for the project."""
    project_id: Plain[Uuid] = mapped_column(primary_key=True)
    public: Plain[Word] = mapped_column(primary_key=True)
    """Category of the users; empty: none, or unknown."""
    sessions: Plain[int]
    active_ms: Plain[int] = mapped_column(BigInteger)
    idle_ms: Plain[int] = mapped_column(BigInteger)
    powered_ms: Plain[int] = mapped_column(BigInteger)
    material_mg: Plain[int] = mapped_column(BigInteger, default=0)

    __table_args__ = (Index("ix_usage_day_access_point_id_day", "access_point_id", "day"),)

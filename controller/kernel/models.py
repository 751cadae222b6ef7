"""Tables of the kernel: the audit, stored answers, leases, the outbox, jobs."""

from sqlalchemy import JSON, BigInteger, Index, Integer
from sqlalchemy import Text as LongText
from sqlalchemy.orm import mapped_column

from controller.domain.time import Utc
from controller.store.base import Base
from controller.store.data_kinds import ActorRef, FreeText, Plain, Raw, Secret
from controller.store.types import Hash, Json, Slug, Sorted, Text, Word


class AuditEntry(Base):
    """One action that affects somebody's rights, with opaque references; triggers refuse UPDATE and
    DELETE."""

    __tablename__ = "audit"

    seq: Plain[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=False
    )
    at: Plain[Utc]
    actor: ActorRef[str]
    action: Plain[Word]
    subject: ActorRef[str] = mapped_column(index=True)
    site_id: Plain[Slug | None] = mapped_column(index=True)
    detail: Plain[str] = mapped_column(LongText)
    """A JSON object, stored as the text that was hashed."""
    prev_hash: Plain[Hash]
    hash: Plain[Hash]

    __table_args__ = (
        Index("ix_audit_actor_seq", "actor", "seq"),
        Index("ix_audit_action_seq", "action", "seq"),
        Index("ix_audit_at", "at"),
    )


class AuditHead(Base):
    """The end of the audit chain; locking it orders the entries."""

    __tablename__ = "audit_head"

    id: Plain[int] = mapped_column(primary_key=True)
    seq: Plain[int] = mapped_column(BigInteger)
    hash: Plain[Hash]


class IdempotencyKey(Base):
    """The answer to a POST, sent again if the same key comes within 24 hours."""

    __tablename__ = "idempotency_key"

    owner: ActorRef[str] = mapped_column(primary_key=True)
    key: Secret[Text] = mapped_column(primary_key=True)
    request_hash: Secret[Hash]
    status: Plain[int]
    headers: Secret[Json] = mapped_column(JSON)
    body: Secret[str] = mapped_column(LongText)
    created_at: Plain[Utc]

    __table_args__ = (Index("ix_idempotency_key_created_at", "created_at"),)


class AuditNote(Base):
    """The reason that a person wrote for an audit entry, which contains only its hash.

    The text may name somebody, so it can be deleted without breaking the chain.
    """

    __tablename__ = "audit_note"

    seq: Plain[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=False
    )
    """Number of the audit entry."""
    salt: Plain[Word]
    """A random value, hashed with the text; once both are deleted the hash reveals nothing."""
    text: FreeText[Text]
    at: Plain[Utc] = mapped_column(index=True)


class Lease(Base):
    """The right to do something exclusively, such as sending a site's policy, until a time;
    `term` increases with each new holder."""

    __tablename__ = "lease"

    name: Plain[Sorted] = mapped_column(primary_key=True)
    holder: Plain[str]
    until: Plain[Utc]
    term: Plain[int]


class OutboxRow(Base):
    """News of a transaction; each reader continues from its own cursor."""

    __tablename__ = "outbox"
    __table_args__ = ({"sqlite_with_rowid": False},)

    site_id: Plain[Slug] = mapped_column(primary_key=True)
    position: Plain[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """Counted per site from one, in the order of commits."""
    at: Plain[Utc]
    feature: Plain[Word]
    what: Plain[Word]
    key: Raw[Text]
    detail: Raw[Json | None] = mapped_column(JSON(none_as_null=True))


class OutboxHead(Base):
    """The last position at a site; locking it orders the commits that have news."""

    __tablename__ = "outbox_head"

    site_id: Plain[Slug] = mapped_column(primary_key=True)
    position: Plain[int] = mapped_column(BigInteger)


class OutboxCursor(Base):
    """How far a reader has read at a site, and which process reads for it now."""

    __tablename__ = "outbox_cursor"

    reader: Plain[Word] = mapped_column(primary_key=True)
    site_id: Plain[Slug] = mapped_column(primary_key=True)
    position: Plain[int] = mapped_column(BigInteger)
    moved_at: Plain[Utc]
    holder: Plain[str | None]
    until: Plain[Utc | None]
    """Until when only the holder can read it."""


class JobRow(Base):
    """A periodic job: when it is due, which process runs it, and how it went."""

    __tablename__ = "job"

    name: Plain[Word] = mapped_column(primary_key=True)
    site_id: Plain[Slug] = mapped_column(primary_key=True)
    """The site for which it runs; empty: for all at once."""
    due_at: Plain[Utc]
    holder: Plain[str | None]
    """The process that runs it now; null: none."""
    until: Plain[Utc | None]
    """When another process may take it over."""
    term: Plain[int]
    """Increases with each run; a process with an older term can't commit any more."""
    started_at: Plain[Utc | None]
    succeeded_at: Plain[Utc | None]
    """Start of the last successful run; everything due until then is done."""
    failures: Plain[int]
    """Failures in a row."""
    error: Plain[Word | None]
    """The kind of error of the last failure; the log has the details."""

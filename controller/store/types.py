"""Column types that behave alike on SQLite and on PostgreSQL."""

from datetime import UTC, datetime
from typing import Annotated, Any

from sqlalchemy import BigInteger, DateTime, Dialect, LargeBinary, String
from sqlalchemy.types import TypeDecorator

from controller.domain.facts import Language
from controller.domain.time import Utc

Slug = Annotated[str, 63]
"""Ids that people choose: sites, zones, agents, access points, certifications, plans."""
Uuid = Annotated[str, 36]
"""A UUID in text form."""
Hash = Annotated[str, 64]
"""A SHA-256 in lower-case hex."""
Word = Annotated[str, 64]
"""A short technical word: an event type, a cause, a state."""
Text = Annotated[str, 400]
"""A short text that a person typed or will read."""
Sorted = Annotated[str, "sorted"]
"""Text compared byte by byte on both databases, so that a prefix is a range of an index."""
Json = dict[str, Any]
Strings = list[str]

SORTED = String(100).with_variant(String(100, collation="C"), "postgresql")
"""Type of a `Sorted` column."""


class LanguageCode(TypeDecorator[Language]):
    """A language. Any ISO 639 code is accepted, because a catalogue may add a language."""

    impl = String(32)
    cache_ok = True

    def process_bind_param(self, value: Language | None, dialect: Dialect) -> str | None:
        """Return its ISO 639 code."""
        return None if value is None else value.value

    def process_result_value(self, value: str | None, dialect: Dialect) -> Language | None:
        """Return the language of a code."""
        return None if value is None else Language(value)


class UtcDateTime(TypeDecorator[Utc]):
    """A `Utc`: whole milliseconds; a naive or other datetime is refused rather than guessed."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: Utc | None, dialect: Dialect) -> datetime | None:
        """Return a plain datetime for the driver: naive UTC for SQLite, which has no time zones."""
        if value is None:
            return None
        if not isinstance(value, Utc):
            raise TypeError(f"{value!r} is not a Utc")
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> Utc | None:
        """Return the value as `Utc`."""
        if value is None:
            return None
        return Utc.of(value if value.tzinfo else value.replace(tzinfo=UTC))


class UtcMillis(TypeDecorator[Utc]):
    """A `Utc` as milliseconds since 1970: 8 bytes at most, for tables of many rows."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Utc | None, dialect: Dialect) -> int | None:
        """Return the number of milliseconds."""
        return None if value is None else value.millis()

    def process_result_value(self, value: int | None, dialect: Dialect) -> Utc | None:
        """Return the value as `Utc`."""
        return None if value is None else Utc.from_millis(value)


class HashBytes(TypeDecorator[str]):
    """A SHA-256: lower-case hex in Python, 32 bytes in the database."""

    impl = LargeBinary(32)
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        """Return the bytes."""
        return None if value is None else bytes.fromhex(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        """Return the hex text."""
        return None if value is None else value.hex()

"""What every column holds of people, how long it is kept, and what an erasure does with it.

The decisions stand in `decisions.py`; erasure, export, the data dictionary and the tables for the
data-protection officer are made from them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import Table

from controller.store.base import Base


class Data(StrEnum):
    """What a column holds of people."""

    PLAIN = "plain"
    """Nothing."""
    MEMBER = "member"
    """The id of a member."""
    REF = "ref"
    """The random reference of a member."""
    ACCOUNT = "account"
    """The id of an account."""
    ACTOR = "actor"
    """Who did it, as an opaque reference: `account:ID`, `token:ID`, `member:ID`, `system:NAME`."""
    IDENTITY = "identity"
    """Who somebody is: a name, an address, a badge."""
    ABOUT = "about"
    """Something that is true of a person."""
    HELP = "help"
    """Given by consent; may tell of somebody's health (RGPD article 9)."""
    WORDS = "words"
    """What the member of the row wrote."""
    TEXT = "text"
    """What anybody wrote, who may have named anybody."""
    RAW = "raw"
    """Bytes or JSON of a program, which may hold references."""
    SEALED = "sealed"
    """A hash or something sealed; shown to nobody."""


class Kept(StrEnum):
    """How long."""

    PLACE = "place"
    """No person: as long as the place wants."""
    MEMBER = "member"
    """With the member: `member_months` after the last subscription, or until an erasure."""
    ACCESS = "access"
    """`access_days`; then without a person."""
    REASON = "reason"
    """`reason_months`."""
    MOMENT = "moment"
    """While it lasts, and two days at most."""
    ANSWER = "answer"
    """24 hours."""
    SHIFT = "shift"
    """30 days after it is done."""
    CHAIN = "chain"
    """As long as the installation: opaque references, which lead nowhere after an erasure."""
    SAFETY = "safety"
    """The safety register: as long as the place; it names nobody."""
    HISTORY = "history"
    """The history of machines: as long as they are there; names are taken out at an erasure."""


class Purpose(StrEnum):
    """What for: the processing of the register to which a table belongs."""

    RIGHTS = "rights"
    TRAINING = "training"
    ACCESS = "access"
    PRESENCE = "presence"
    ACCOUNTS = "accounts"
    UPKEEP = "upkeep"
    NONE = "none"


class Erased(StrEnum):
    """What the erasure of a member does with the rows that lead to them."""

    NOTHING = "nothing"
    DELETE = "delete"
    EMPTY = "empty"
    """The row stays, and leads nowhere."""
    COUNT = "count"
    """Deleted, and counted where the total is told."""
    BYTES = "bytes"
    """The bytes go, their hash stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What was decided for a table."""

    purpose: Purpose
    kept: Kept
    erased: Erased
    columns: Mapping[str, Data]

    def of(self, *kinds: Data) -> list[str]:
        """The names of the columns that hold this."""
        return [name for name, kind in self.columns.items() if kind in kinds]


@dataclass(frozen=True, slots=True)
class Decided:
    """A model with its decision."""

    model: type[Base]
    decision: Decision

    @property
    def table(self) -> Table:
        """Its table."""
        return cast(Table, self.model.__table__)

    def column(self, name: str) -> Any:
        """The model's attribute for a column."""
        return getattr(self.model, name)


def decided() -> Iterator[Decided]:
    """All models with their decisions, those first to which others refer. Raises KeyError."""
    from controller.kernel.privacy.decisions import DECISIONS

    models = {mapper.local_table: mapper.class_ for mapper in Base.registry.mappers}
    for table in Base.metadata.sorted_tables:
        yield Decided(models[table], DECISIONS[table.name])

"""A person's name in every column that can hold one, in rows made from the tables themselves."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Date,
    Enum,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    insert,
    select,
    update,
)

from controller.assembly import HOUSE
from controller.capabilities.billing.cents import CentsColumn
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.members import search
from controller.capabilities.members.models import MemberRow
from controller.domain.facts import Language
from controller.domain.time import Utc
from controller.kernel.privacy import Data, PersonalDataRule
from controller.kernel.privacy.names import fold
from controller.store.append_only import PROTECTED_TABLES
from controller.store.base import Base
from controller.store.types import HashBytes, LanguageCode, UtcDateTime, UtcMillis
from controller.wire.ids import uuid7
from tests.capabilities.privacy.lived import Lived
from tests.hub.fake_agent import START
from tests.hub.world import SITE

FIRST, LAST = "Éléonore", "Vaudémont-Krüger"
NAME = f"{FIRST} {LAST}"
EMAIL = "e.vaudemont@courriel.example"
PHONE = "+33 6 12 34 56 79"
TRACES = ("eleonore", "vaudemont", "kruger", "612345679")
"""None of these may be left, in lower case without accents, whatever separates digits."""

WHOLE = f"{NAME} ; VAUDEMONT-KRUGER Eleonore"
EVERYWHERE = (
    f"{WHOLE} ; eleonore_vaudemont_kruger.gcode ; voir vaudémont, KRÜGER ; d’e.vaudemont"
    f" ; {EMAIL.upper()} ; 06.12.34.56.79 ou 0033 (0)6 12 34 56 79"
)
TYPED = (
    Data.TEXT,
    Data.WORDS,
    Data.REFERENCE,
    Data.LABEL,
    Data.ORGANISATION,
    Data.BOOKED,
    Data.RAW,
)
NEEDED: dict[tuple[str, str], Any] = {
    ("maintenance", "every_days"): 30,
    ("tariff", "rates"): [],
    ("fabomatic_board", "seen_at"): START,
    ("webhook_delivery", "site_id"): SITE,
}
"""What constraints between columns ask for, and what an erasure reads."""
NEVER = {("event", "body")}
"""Agents know no name, and no event has a field in which a person writes."""


@dataclass
class Planter:
    """Puts it there."""

    place: Lived
    connection: Connection
    kinds: Sequence[Data]
    count: int = 0

    def plant(self) -> None:
        """In all tables, in the order in which they refer to each other."""
        self.connection.execute(update(AccessPointRow).values(out_of_service_at=START))
        rules = {rule.name: rule for rule in HOUSE.personal_data}
        for rule in (
            rules[table.name] for table in Base.metadata.sorted_tables if table.name in rules
        ):
            names = [name for name in rule.of(*self.kinds) if (rule.name, name) not in NEVER]
            if names:
                self._into(rule, names)

    def _into(self, rule: PersonalDataRule, names: list[str]) -> None:
        rows = self.connection.execute(select(rule.table)).mappings().all()
        if not rows or rule.name in {protected.table for protected in PROTECTED_TABLES}:
            for who in self._whose(rule):
                self._insert(rule, who, rows)
            return
        keys = [column.name for column in rule.table.primary_key]
        for row in rows:
            this = [rule.table.c[key] == row[key] for key in keys]
            values = {name: self._text(rule, name, row) for name in names}
            self.connection.execute(update(rule.table).where(*this).values(values))

    def _whose(self, rule: PersonalDataRule) -> tuple[str, ...]:
        return ("zoe", "ali") if rule.of(Data.MEMBER, Data.REF, Data.ACCOUNT) else ("ali",)

    def _insert(self, rule: PersonalDataRule, who: str, rows: Any) -> Mapping[str, Any]:
        row = dict(rows[0]) if rows else {}
        for column in rule.table.columns:
            is_key = column.primary_key or column.unique
            if column.name not in row or is_key or rule.columns[column.name] in _LEADING:
                row[column.name] = self._value(rule, column, who)
        for name in rule.of(*self.kinds):
            row[name] = self._text(rule, name, row)
        self.connection.execute(insert(rule.table).values(row))
        return row

    def _text(self, rule: PersonalDataRule, name: str, row: Mapping[Any, Any]) -> Any:
        column, kind = rule.table.c[name], rule.columns[name]
        self.count += 1
        length = getattr(column.type, "length", None) or len(EVERYWHERE) * 2
        is_short = kind in (Data.LABEL, Data.ORGANISATION) or length < len(EVERYWHERE) + 20
        text = f"{WHOLE if is_short else EVERYWHERE} {self.count}"
        if not is_short and self._is_theirs(rule, row):
            text = f"{FIRST.upper()} : {text}"
        if isinstance(column.type, LargeBinary):
            return text.encode()
        if name == "rates":
            return [{"kind": "article", "id": "sheet", "name": {"fr": WHOLE}, "price_cents": 1}]
        if isinstance(column.type, JSON):
            return {"fr": text} if kind is Data.LABEL else {"x": [text], f"{NAME} {self.count}": 1}
        return text

    def _is_theirs(self, rule: PersonalDataRule, row: Mapping[Any, Any]) -> bool:
        names = rule.of(Data.MEMBER, Data.REF, Data.ACCOUNT)
        return any(row.get(name) in self._ids("zoe") for name in names)

    def _ids(self, who: str) -> dict[Any, Data]:
        account = self.place.ids[f"{who} account"]
        found = (self.place.ids[who], Data.MEMBER), (self.place.refs[who], Data.REF)
        return dict((*found, (account, Data.ACCOUNT)))

    def _value(self, rule: PersonalDataRule, column: Column[Any], who: str) -> Any:
        if (rule.name, column.name) in NEEDED:
            return NEEDED[rule.name, column.name]
        kind = rule.columns[column.name]
        for value, meant in self._ids(who).items():
            if kind is meant:
                return value
        for key in column.foreign_keys:
            there = self.connection.scalar(select(key.column).limit(1))
            return there if there is not None or column.nullable else self._make(key.column.table)
        if column.nullable and not column.primary_key:
            return None
        return self._made(column)

    def _make(self, table: Table) -> Any:
        """A row that another one must refer to."""
        rule = next(rule for rule in HOUSE.personal_data if rule.table is table)
        (key,) = table.primary_key
        return self._insert(rule, "ali", [])[key.name]

    def _made(self, column: Column[Any]) -> Any:
        self.count += 1
        kind: Any = column.type
        if isinstance(kind, Enum):
            return next(iter(kind.enum_class)) if kind.enum_class else kind.enums[0]
        if isinstance(kind, UtcDateTime | UtcMillis):  # one after the other: what ends has begun
            return Utc.of(START + timedelta(minutes=self.count))
        for known, value in _VALUES.items():
            if isinstance(kind, known):
                return value
        if isinstance(kind, Integer | CentsColumn):
            return 9_000 + self.count
        if isinstance(kind, String):
            return uuid7() if kind.length == 36 else f"planted-{self.count}"
        raise TypeError(f"{column}: say what a value of {kind!r} is")


_LEADING = (Data.MEMBER, Data.REF, Data.ACCOUNT)
_VALUES: dict[type, Any] = {
    LanguageCode: Language.FR,
    HashBytes: "00" * 32,
    Boolean: False,
    Float: 1.0,
    Date: date(2026, 3, 1),
    JSON: {},
    LargeBinary: b"\0",
}


def name_her(place: Lived) -> None:
    """The person of the lived place has a name that nobody else bears."""
    with place.database.write() as db:
        row = db.get_one(MemberRow, place.ids["zoe"])
        row.display_name, row.email, row.phone = NAME, EMAIL, PHONE
        search.index(db, row.id, row.display_name, row.email)


def traces(place: Lived) -> set[tuple[str, str]]:
    """Tables and columns in which something leads to the person."""
    there = MetaData()
    there.reflect(place.database.engine)
    with place.database.engine.connect() as connection:
        return {
            (table.name, str(column))
            for table in there.sorted_tables
            for row in connection.execute(select(table))
            for column, value in row._mapping.items()
            if _leads_to_her(value)
        }


def _leads_to_her(value: Any) -> bool:
    if isinstance(value, bytes | memoryview):
        text = bytes(value).decode(errors="replace")
    else:
        text = json.dumps(value, ensure_ascii=False, default=str)
    folded = fold(text)
    digits = re.sub(r"[\W_]|\(0\)", "", folded)
    return any(trace in folded or trace in digits for trace in TRACES)

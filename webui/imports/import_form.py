"""The state of an import that its forms carry: the spreadsheet, other data, and the mapping."""

from base64 import b64decode, b64encode
from binascii import Error as NoBase64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Self

import msgspec
from werkzeug.datastructures import MultiDict

from controller.capabilities.imports import mapping as mappings
from controller.capabilities.imports.bundle import Bundle, Equipment, ProgramData, bundle
from controller.capabilities.imports.mapping import LIST_COLUMNS, Badges, ColumnMapping
from controller.capabilities.imports.tables import Table, as_csv, read_table
from controller.capabilities.member_files.columns import COLUMNS, SEPARATOR
from controller.domain.time import Utc
from controller.kernel.errors import Invalid

DROPPED, AS_IT_IS = "-", ""
"""What a value is mapped to: dropped, or unchanged."""
MAX_VALUES = 40
"""How many values of a column the form lists."""
_BADGES: tuple[Badges, ...] = ("as_read", "reversed", "decimal")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportForm:
    """An import in progress; it is stored only in its forms until it is executed."""

    name: str
    data: bytes
    table: Table
    equipment: Equipment
    mapping: ColumnMapping

    @classmethod
    def of(cls, form: MultiDict[str, str]) -> Self:
        """Return the import that a form carries. Raises Invalid, ImportRefused, NotReadable."""
        try:
            data = b64decode(form.get("data", ""), validate=True)
            equipment = msgspec.json.decode(
                b64decode(form.get("equipment", "e30=")), type=Equipment
            )
            mapping = _packed_mapping(form["mapping"]) if "mapping" in form else _mapping(form)
        except (NoBase64, ValueError, msgspec.MsgspecError, RecursionError) as problem:
            raise Invalid.of("data", "not as it was sent") from problem
        name = form.get("name", "")[:100]
        return cls(
            name=name, data=data, table=read_table(data), equipment=equipment, mapping=mapping
        )

    @classmethod
    def of_program(
        cls, name: str, data: ProgramData, known: Mapping[str, Mapping[str, str]]
    ) -> Self:
        """Return an import of another program's data; its plans are mapped by their names."""
        form = cls(
            name=name,
            data=as_csv(data.table),
            table=data.table,
            equipment=data.equipment,
            mapping=mappings.identity_mapping(data.table.headings),
        )
        return form.with_guesses(known, ("plan",))

    def with_guesses(
        self, known: Mapping[str, Mapping[str, str]], columns: tuple[str, ...]
    ) -> Self:
        """Return the import with values of these columns mapped to what has the same name here.

        `known`: the names of what they can be mapped to, by column and id. What was chosen for a
        value stays.
        """
        values = {
            column: {**guesses, **self.mapping.values.get(column, {})}
            for column in columns
            if (guesses := mappings.guess_values(self.values_of(column), known[column]))
        }
        mapping = msgspec.structs.replace(self.mapping, values={**self.mapping.values, **values})
        return replace(self, mapping=mapping)

    def bundle(self, now: Utc) -> Bundle:
        """Return the data to try or import. Raises ImportRefused."""
        return bundle(self.table, self.mapping, now, self.equipment)

    def values_of(self, column: str) -> list[str]:
        """Return the first distinct values that one of our columns would have."""
        values: dict[str, None] = {}
        for heading in self.mapping.headings(column):
            for cell in self.table.distinct(heading, 10 * MAX_VALUES):
                values.update(dict.fromkeys(_parts(column, cell)))
        return list(values)[:MAX_VALUES]

    @property
    def packed(self) -> str:
        """The spreadsheet, encoded for a form."""
        return b64encode(self.data).decode()

    @property
    def packed_equipment(self) -> str:
        """The other data of the import, encoded for a form."""
        return b64encode(msgspec.json.encode(self.equipment)).decode()

    @property
    def packed_mapping(self) -> str:
        """The mapping, encoded for a form."""
        return b64encode(msgspec.json.encode(self.mapping)).decode()

    @property
    def toml(self) -> str:
        """The mapping as a TOML file to download."""
        return mappings.dump(self.mapping)


def _parts(column: str, cell: str) -> Iterator[str]:
    if column not in LIST_COLUMNS:
        yield cell
        return
    for sign in ";,\n":
        cell = cell.replace(sign, SEPARATOR)
    yield from filter(None, map(str.strip, cell.split(SEPARATOR)))


def _packed_mapping(text: str) -> ColumnMapping:
    return msgspec.json.decode(b64decode(text, validate=True), type=ColumnMapping)


def _mapping(form: MultiDict[str, str]) -> ColumnMapping:
    """Return the mapping from the page's fields. Raises Invalid."""
    columns: dict[str, str | tuple[str, ...]] = {}
    values: dict[str, dict[str, str]] = {}
    for column in COLUMNS:
        chosen = tuple(filter(None, form.getlist(f"column-{column}")))
        if chosen:
            columns[column] = chosen if len(chosen) > 1 else chosen[0]
        pairs = zip(form.getlist(f"of-{column}"), form.getlist(f"value-{column}"), strict=False)
        targets = {cell: "" if to == DROPPED else to for cell, to in pairs if to != AS_IT_IS}
        if targets:
            values[column] = targets
    levels = {
        key.removeprefix("certification-"): form[key]
        for key in form
        if key.startswith("certification-") and form[key]
    }
    plan = form.get("always-plan", "")
    badges = form.get("badges", "as_read")
    return ColumnMapping(
        columns=columns,
        always={"plan": plan} if plan else {},
        certifications=levels,
        values=values,
        day_first=form.get("days", "day") == "day",
        badges=next((badge for badge in _BADGES if badge == badges), "as_read"),
    )

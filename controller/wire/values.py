"""Values that messages carry as bytes of their own: values of rows and arguments of commands."""

from typing import Any, cast

from msgspec import Raw, Struct

from controller.domain.facts import AccessPoint, Name, PointKind
from controller.wire.commands import COMMANDS, CommandArgs
from controller.wire.errors import WireError
from controller.wire.messages import Command, Message, PolicyDelta, PolicyPage
from controller.wire.rows import NULL, TABLES, Row, RowValue, table_of
from controller.wire.scalars import Point
from controller.wire.strict import DecodedValue, raw, read, unknown_inside


class _LaterPoint(Struct, frozen=True, kw_only=True):
    """The part of a `point` row that every version can read."""

    id: Point
    kind: PointKind
    name: Name = Name()
    needs: tuple[str, ...]


def make_row(key: str, version: int, value: RowValue) -> Row:
    """Return a row with this value; its table follows from the type."""
    return Row(table=table_of(value), key=key, version=version, value=raw(value))


def removed_row(table: str, key: str, version: int) -> Row:
    """Return a row that removes a fact."""
    return Row(table=table, key=key, version=version, value=Raw(NULL))


def decode_value(table: str, value: bytes | Raw) -> DecodedValue[RowValue]:
    """Decode a row's value by its table. Raises WireError for an unknown table or an invalid value.

    A `point` that uses rules of a later version is returned as an access point out of service with
    its `needs`: the agent denies access with `agent_too_old`.
    """
    kind = TABLES.get(table)
    if kind is None:
        raise WireError(f"table {table!r} is not known to protocol version 1")
    try:
        return cast(DecodedValue[RowValue], read(value, kind))
    except WireError:
        point = _later_point(value) if kind is AccessPoint else None
        if point is None:
            raise
        return DecodedValue(value=point, unknown_fields=1)


def _later_point(value: bytes | Raw) -> AccessPoint | None:
    """Return the access point of a row of a later version; None if the row is invalid."""
    try:
        point = read(value, _LaterPoint).value
    except WireError:
        return None
    if not point.needs:
        return None
    return AccessPoint(
        id=point.id, kind=point.kind, name=point.name, in_service=False, needs=point.needs
    )


def row_value(row: Row) -> RowValue | None:
    """Return the value of a row, None if the row removes it.

    Raises WireError like `decode_value`.
    """
    return None if row.removed else decode_value(row.table, row.value).value


def decode_args(command: Command) -> CommandArgs:
    """Decode a command's arguments. Raises WireError for an unknown type or invalid arguments."""
    return _args(command).value


def _args(command: Command) -> DecodedValue[CommandArgs]:
    kind: type[Any] | None = COMMANDS.get(command.type)
    if kind is None:
        raise WireError(f"command {command.type!r} is not known to protocol version 1")
    return cast(DecodedValue[CommandArgs], read(command.args, kind))


def inner_unknown(message: Message, plain: Any) -> int:
    """Check what is inside a message, and count its unknown fields. Raises WireError.

    `plain`: the parsed message, so that its many rows are not parsed again.
    """
    match message:
        case PolicyDelta() | PolicyPage():
            return sum(map(_row_unknown, message.rows, plain["rows"]))
        case Command():
            return _args(message).unknown_fields if message.type in COMMANDS else 1
        case _:
            return 0


def _row_unknown(row: Row, plain: Any) -> int:
    kind = TABLES.get(row.table)
    if kind is None:
        return 1
    if row.removed:
        return 0
    try:
        return unknown_inside(bytes(row.value), kind, plain["value"])
    except WireError:
        return decode_value(row.table, row.value).unknown_fields  # of a later version, or invalid

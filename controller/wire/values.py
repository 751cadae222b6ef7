"""What is inside a message in bytes of its own: values of rows, arguments of commands."""

from typing import Any, cast

from msgspec import Raw, Struct

from controller.domain.facts import AccessPoint, Name, PointKind
from controller.wire.commands import COMMANDS, CommandArgs
from controller.wire.errors import WireError
from controller.wire.messages import Command, Message, PolicyDelta, PolicyPage
from controller.wire.rows import NULL, TABLES, Row, RowValue, table_of
from controller.wire.scalars import Point
from controller.wire.strict import DecodedValue, raw, read, unknown_inside


class _Tomorrow(Struct, frozen=True, kw_only=True):
    """What every version can read of a `point` row: enough to name it and to refuse it."""

    id: Point
    kind: PointKind
    name: Name = Name()
    needs: tuple[str, ...]


def make_row(key: str, version: int, value: RowValue) -> Row:
    """A row that carries this value; its table follows from the type."""
    return Row(table=table_of(value), key=key, version=version, value=raw(value))


def removed_row(table: str, key: str, version: int) -> Row:
    """A row that says that a fact is gone."""
    return Row(table=table, key=key, version=version, value=Raw(NULL))


def decode_value(table: str, value: bytes | Raw) -> DecodedValue[RowValue]:
    """Read a row's value by its table; WireError for an unknown table, or a value that is wrong.

    A `point` that uses a later version's rules, and can't be read for it, becomes an access point
    out of service that still names these `needs`: the agent refuses it as `agent_too_old`.
    """
    kind = TABLES.get(table)
    if kind is None:
        raise WireError(f"table {table!r} is not known to protocol version 1")
    try:
        return cast(DecodedValue[RowValue], read(value, kind))
    except WireError:
        point = _point_of_tomorrow(value) if kind is AccessPoint else None
        if point is None:
            raise
        return DecodedValue(value=point, unknown_fields=1)


def _point_of_tomorrow(value: bytes | Raw) -> AccessPoint | None:
    """What can be made of a point that version 1 can't read; None when it is merely wrong."""
    try:
        found = read(value, _Tomorrow).value
    except WireError:
        return None
    if not found.needs:
        return None
    return AccessPoint(
        id=found.id, kind=found.kind, name=found.name, in_service=False, needs=found.needs
    )


def row_value(row: Row) -> RowValue | None:
    """The value of a row, or None when it says removed; WireError as `decode_value`."""
    return None if row.removed else decode_value(row.table, row.value).value


def decode_args(command: Command) -> CommandArgs:
    """The arguments of a command; WireError for an unknown type, or arguments that are wrong."""
    return _args(command).value


def _args(command: Command) -> DecodedValue[CommandArgs]:
    kind: type[Any] | None = COMMANDS.get(command.type)
    if kind is None:
        raise WireError(f"command {command.type!r} is not known to protocol version 1")
    return cast(DecodedValue[CommandArgs], read(command.args, kind))


def inner_unknown(message: Message, plain: Any) -> int:
    """Check what is inside a message, and count its unknown fields; WireError as above.

    `plain`: the message as parsed; rows are many, and are not parsed again.
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
        return decode_value(row.table, row.value).unknown_fields  # of a later version, or wrong

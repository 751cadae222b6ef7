"""What crosses the wire is these bytes, and these bytes are what crosses the wire.

After a change that is meant: `python -m tests.wire.test_golden` writes them again.
"""

from pathlib import Path
from typing import Any

import pytest

from controller.wire import commands, events, rows
from controller.wire.codec import decode, encode
from controller.wire.examples.events import EVENTS
from controller.wire.examples.messages import COMMANDS, MESSAGES
from controller.wire.examples.rows import REMOVED, ROWS
from controller.wire.journal_bytes import GENESIS, decode_event, event_hash, seal
from controller.wire.messages import MESSAGES as MESSAGE_TYPES
from controller.wire.messages import Command, Message
from controller.wire.schema.json_schema import event_types
from controller.wire.strict import read
from controller.wire.values import decode_args, decode_value, row_value

FOLDER = Path(__file__).parent / "golden"


def goldens() -> dict[str, bytes]:
    """File name and bytes of every example."""
    return (
        {f"message-{name}": encode(message) for name, message in MESSAGES.items()}
        | {f"row-{name}": encode(row) for name, row in ROWS.items()}
        | {"row-removed": encode(REMOVED)}
        | {f"event-{name}": data for name, data in EVENTS.items()}
        | {f"command-{name}": encode(command) for name, command in COMMANDS.items()}
    )


@pytest.mark.parametrize("name", goldens())
def test_an_example_encodes_to_its_golden_bytes(name: str) -> None:
    assert (FOLDER / f"{name}.json").read_bytes() == goldens()[name]


def test_no_golden_file_is_left_over() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == set(goldens())


def test_there_is_an_example_of_everything() -> None:
    assert {type(message) for message in MESSAGES.values()} == set(MESSAGE_TYPES)
    assert set(ROWS) == set(rows.TABLES)
    assert set(EVENTS) == set(event_types())
    assert set(COMMANDS) == set(commands.COMMANDS)


@pytest.mark.parametrize("name", MESSAGES)
def test_a_golden_message_decodes_to_its_example(name: str) -> None:
    example: Any = MESSAGES[name]
    found = decode((FOLDER / f"message-{name}.json").read_bytes(), type(example))
    assert plain(found.value) == plain(example)
    assert found.unknown_fields == 0


def plain(message: Message) -> dict[str, object]:
    """Fields of a message; Raw compares by identity, so bytes stand in its place."""
    return {
        name: encode(value) if name in ("rows", "events", "args") else value
        for name in message.__struct_fields__
        for value in (getattr(message, name),)
    }


@pytest.mark.parametrize("table", ROWS)
def test_a_golden_row_decodes_to_its_value(table: str) -> None:
    row = read((FOLDER / f"row-{table}.json").read_bytes(), rows.Row).value
    found = decode_value(row.table, row.value)
    assert (row.table, row.key, row.version) == (table, ROWS[table].key, ROWS[table].version)
    assert found.value == row_value(ROWS[table])
    assert found.unknown_fields == 0


def test_a_golden_removed_row_has_no_value() -> None:
    row = read((FOLDER / "row-removed.json").read_bytes(), rows.Row).value
    assert row.removed
    assert row_value(row) is None


@pytest.mark.parametrize("name", COMMANDS)
def test_golden_arguments_decode_to_their_example(name: str) -> None:
    found = decode((FOLDER / f"command-{name}.json").read_bytes(), Command)
    assert decode_args(found.value) == decode_args(COMMANDS[name])


def test_golden_events_are_a_chain_that_seals_to_the_same_bytes() -> None:
    prev = GENESIS
    for seq, name in enumerate(EVENTS, start=1):
        data = (FOLDER / f"event-{name}.json").read_bytes()
        found = decode_event(data)
        assert (found.seq, found.prev_hash, found.unknown_fields) == (seq, prev, 0)
        assert type(found.event) is event_types()[name]
        assert seal(found.event, seq, prev) == data
        prev = event_hash(data)


def test_every_event_type_is_in_the_contract() -> None:
    text = (
        "access_granted access_denied session_started session_state session_ended door_released"
        " door_opened door_closed door_held door_forced door_not_used rex fire fault_raised"
        " fault_reset input_changed credential_read certified_at_machine window_opened"
        " window_closed guest_admitted policy_applied policy_rejected command_run agent_started"
        " clock_stepped journal_degraded"
    )
    assert set(event_types()) == set(text.split())
    assert set(event_types().values()) == set(events.Event.__args__)


def write() -> None:
    """Write every golden file anew."""
    FOLDER.mkdir(exist_ok=True)
    for path in FOLDER.glob("*.json"):
        path.unlink()
    for name, data in goldens().items():
        (FOLDER / f"{name}.json").write_bytes(data)


if __name__ == "__main__":
    write()

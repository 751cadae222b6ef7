"""protocol.md: prose, tables and examples in one page."""

import hashlib
import json
from typing import Any

from controller.wire.base64url import b64encode
from controller.wire.codec import encode
from controller.wire.commands import COMMANDS
from controller.wire.events import EventBase
from controller.wire.examples import example_values
from controller.wire.examples import messages as command_examples
from controller.wire.examples.events import EVENTS
from controller.wire.examples.messages import MESSAGES, TOPIC_OF
from controller.wire.examples.rows import ROWS, SIGNER
from controller.wire.messages import MESSAGES as MESSAGE_TYPES
from controller.wire.rows import TABLES
from controller.wire.schema.asyncapi import TRAFFIC
from controller.wire.schema.json_schema import all_types, event_types
from tools.protocol import prose
from tools.protocol.tables import fields, scalar_types, section, table, topics


def page() -> str:
    """docs/protocol.md as it should be."""
    parts = [
        prose.INTRODUCTION,
        prose.GROUND,
        "## Topics\n\n" + topics(),
        prose.PRESENCE,
        prose.SIGNING + "\n" + _signing_example(),
        prose.ENROLMENT,
        prose.POLICY + "\n" + _digest_example(),
        prose.EVENTS,
        prose.COMMANDS,
        "## Types\n\n" + scalar_types(),
        "## Messages\n\nExamples are the whole payload, byte for byte.",
        *(_message(one.kind, one.name) for one in TRAFFIC),
        *(section(3, kind) for kind in _insides(list(MESSAGE_TYPES))),
        "## Row values",
        *(_row(name, kind) for name, kind in TABLES.items()),
        *(section(3, kind) for kind in _insides(list(TABLES.values()))),
        "## Event types\n\nEvery event has these fields, then its own:\n\n" + fields(EventBase),
        *(_event(name, kind) for name, kind in event_types().items()),
        *(section(3, kind) for kind in _insides(list(event_types().values()))),
        "## Command types\n\nThe content of `args`:",
        *(_command(name, kind) for name, kind in COMMANDS.items()),
    ]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _code(data: bytes) -> str:
    return f"```json\n{data.decode()}\n```"


def _insides(roots: list[type[Any]]) -> list[type[Any]]:
    """What such types are made of, by name; enumerations are spelled out where they stand."""
    kinds = {kind for kind in all_types(roots) if hasattr(kind, "__match_args__")} - set(roots)
    return sorted((kind for kind in kinds if not _is_enum(kind)), key=lambda kind: kind.__name__)


def _is_enum(kind: type[Any]) -> bool:
    return hasattr(kind, "__members__")


def _message(kind: type[Any], name: str) -> str:
    example = f"On `{TOPIC_OF[name]}`:\n\n{_code(encode(MESSAGES[name]))}"
    return f"{section(3, kind, name)}\n\n{example}"


def _row(name: str, kind: type[Any]) -> str:
    return f"{section(3, kind, name)}\n\n{_code(encode(ROWS[name]))}"


def _event(name: str, kind: type[Any]) -> str:
    return f"{section(3, kind, name, of_base=False)}\n\n{_code(EVENTS[name])}"


def _command(name: str, kind: type[Any]) -> str:
    args = bytes(command_examples.COMMANDS[name].args)
    return f"{section(3, kind, name)}\n\n{_code(args)}"


def _signing_example() -> str:
    topic, payload = TOPIC_OF["sync_request"], encode(MESSAGES["sync_request"])
    signature = SIGNER.sign(topic, payload)
    rows = [
        ("private key (32 bytes, hex)", f"`{example_values.PRIVATE_KEY.hex()}`"),
        ("public key (base64url)", f"`{b64encode(SIGNER.public_key_bytes)}`"),
        ("topic", f"`{topic}`"),
        ("payload", f"`{payload.decode()}`"),
        ("`kid`", f"`{signature.kid}`"),
        ("`sig`", f"`{signature.sig}`"),
        ("credential_key (hex)", f"`{example_values.CREDENTIAL_KEY.hex()}`"),
        ("credential id", f"`{example_values.CREDENTIAL}`"),
        ("its HMAC", f"`{example_values.KEY}`"),
    ]
    return "Test values:\n\n" + table(("what", "value"), rows)


def _digest_example() -> str:
    row = ROWS["zone"]
    text = f"{row.table}\n{row.key}\n{row.version}"
    digest = hashlib.sha256(text.encode()).hexdigest()
    return f"The digest of a single row, {json.dumps(text)}, is `{digest}`."

"""The pages say what the types say, and the schemas take and refuse as the codec does."""

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from controller.wire.codec import encode
from controller.wire.examples.events import EVENTS
from controller.wire.examples.messages import COMMANDS, MESSAGES, TOPIC_OF
from controller.wire.examples.rows import ROWS
from controller.wire.messages import MESSAGES as MESSAGE_TYPES
from controller.wire.messages import Message
from controller.wire.schema import asyncapi
from controller.wire.schema.asyncapi import TRAFFIC, Sender
from controller.wire.schema.fields import field_texts, summary
from controller.wire.schema.json_schema import all_types, event_types
from controller.wire.topics import FROM_AGENT, Channel, parse
from tests.support.laws import examples
from tests.wire import strategies
from tools.protocol import __main__ as writer
from tools.protocol import markdown
from tools.protocol.tables import fields

DOCUMENT = cache(asyncapi.document)
"""Made by the first test that asks: each worker reads this file to know the tests."""


def validator(name: str) -> Draft202012Validator:
    schema: dict[str, Any] = {"$ref": f"#/components/schemas/{name}"}
    return Draft202012Validator(schema | {"components": DOCUMENT()["components"]})


@pytest.mark.parametrize(
    ("name", "text"), [("protocol.md", markdown.page), ("asyncapi.json", asyncapi.text)]
)
def test_the_committed_pages_are_what_the_types_say(name: str, text: Callable[[], str]) -> None:
    committed = (writer.FOLDER / name).read_text(encoding="utf-8")
    assert committed == text(), "run: python -m tools.protocol"


def test_every_message_has_one_topic_and_a_sender() -> None:
    assert {one.kind for one in TRAFFIC} == set(MESSAGE_TYPES)
    assert {one.channel for one in TRAFFIC} == set(Channel)
    for one in TRAFFIC:
        assert (one.sender is Sender.AGENT) == (one.channel in FROM_AGENT)
        filled = one.address.format(site="lab", agent="pi-1", access_point="laser")
        assert parse(filled).channel is one.channel
        assert parse(TOPIC_OF[one.name]).channel is one.channel


def test_all_references_of_the_document_lead_somewhere() -> None:
    def visit(node: Any) -> None:
        if isinstance(node, list):
            for one in node:
                visit(one)
        elif isinstance(node, dict):
            if isinstance(node.get("$ref"), str):
                place: Any = DOCUMENT()
                for part in node["$ref"].removeprefix("#/").split("/"):
                    place = place[part]
            for one in node.values():
                visit(one)

    visit(DOCUMENT())
    for name in DOCUMENT()["components"]["schemas"]:
        Draft202012Validator.check_schema(validator(name).schema)


@pytest.mark.parametrize("name", MESSAGES)
def test_the_schemas_take_the_examples(name: str) -> None:
    validator(type(MESSAGES[name]).__name__).validate(json.loads(encode(MESSAGES[name])))


def test_the_schemas_take_every_row_event_and_command() -> None:
    for row in ROWS.values():
        validator("Row").validate(json.loads(encode(row)))
    for name, data in EVENTS.items():
        validator(event_types()[name].__name__).validate(json.loads(data))
    for command in COMMANDS.values():
        validator("Command").validate(json.loads(encode(command)))


@settings(max_examples=examples(60), deadline=None, suppress_health_check=list(HealthCheck))
@given(strategies.messages(), st.data())
def test_the_schemas_take_what_the_codec_takes(message: Message, data: st.DataObject) -> None:
    plain = json.loads(encode(message))
    schema = validator(type(message).__name__)
    assert not list(schema.iter_errors(plain))
    needed = DOCUMENT()["components"]["schemas"][type(message).__name__]["required"]
    del plain[data.draw(st.sampled_from(needed))]
    assert list(schema.iter_errors(plain))


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("row-value", {"table": "zone", "key": "a", "version": 1, "value": {"capacity": "many"}}),
        (
            "row-clock",
            {
                "table": "schedule",
                "key": "a",
                "version": 1,
                "value": {"weekly": [{"weekday": 0, "start": "9:00", "end": "10:00:00"}]},
            },
        ),
        ("row-version", {"table": "zone", "key": "a", "version": 0, "value": None}),
    ],
)
def test_the_schemas_refuse_wrong_rows(name: str, change: dict[str, Any]) -> None:
    assert list(validator("Row").iter_errors(change)), name


def test_the_schemas_refuse_wrong_arguments_and_events() -> None:
    command = json.loads(encode(COMMANDS["release_door"]))
    assert list(validator("Command").iter_errors(command | {"args": {"pulse_s": -1}}))
    event = json.loads(EVENTS["session_ended"])
    del event["prev_hash"]
    assert list(validator("SessionEnded").iter_errors(event))


def test_every_type_is_explained() -> None:
    roots: list[type[Any]] = [*MESSAGE_TYPES, *event_types().values()]
    wire = [kind for kind in all_types(roots) if kind.__module__.startswith("controller.wire")]
    assert len(wire) > 40
    assert [kind.__name__ for kind in wire if not summary(kind)] == []


def test_only_types_with_fields_have_a_table_of_them() -> None:
    with pytest.raises(TypeError, match="int has no fields"):
        fields(int)
    assert field_texts(int) == {}


def test_writing_the_pages(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "FOLDER", tmp_path)
    writer.main()
    assert (tmp_path / "asyncapi.json").read_text(encoding="utf-8") == asyncapi.text()
    assert (tmp_path / "protocol.md").read_text(encoding="utf-8") == markdown.page()

"""The AsyncAPI 3.0 document, as an agent sees the protocol."""

import json
from typing import Any

from controller.wire.codec import encode
from controller.wire.examples.messages import MESSAGES
from controller.wire.schema.fields import summary
from controller.wire.schema.json_schema import ref, schemas
from controller.wire.schema.traffic import PARAMETERS, TRAFFIC, Sender, Traffic

_HEADERS = {
    "type": "object",
    "description": "MQTT 5 user properties: exactly one of each.",
    "properties": {
        "kid": {"type": "string", "pattern": "^[0-9a-f]{16}$"},
        "sig": {
            "type": "string",
            "pattern": "^[A-Za-z0-9_-]{86}$",
            "description": "base64url of Ed25519 over: loquet/1 LF topic LF payload.",
        },
    },
    "required": ["kid", "sig"],
}


def document() -> dict[str, Any]:
    """The whole document, as JSON values."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Loquet MQTT protocol",
            "version": "1.0.0",
            "description": "Between a Loquet hub and its agents; see protocol.md for the rules.",
            "license": {"name": "AGPL-3.0-or-later"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "broker": {
                "host": "{host}:{port}",
                "protocol": "secure-mqtt",
                "protocolVersion": "5.0",
                "description": "TLS 1.3 with a client certificate.",
                "variables": {
                    "host": {"description": "As `mqtt.host` in the answer to a claim."},
                    "port": {"description": "As `mqtt.port` there.", "default": "8883"},
                },
                "security": [{"$ref": "#/components/securitySchemes/certificate"}],
            }
        },
        "channels": {one.name: _channel(one) for one in TRAFFIC},
        "operations": {_operation_name(one): _operation(one) for one in TRAFFIC},
        "components": {
            "securitySchemes": {
                "certificate": {"type": "X509", "description": "Got by enrolment."}
            },
            "messages": {one.name: _message(one) for one in TRAFFIC},
            "schemas": schemas(),
        },
    }


def text() -> str:
    """The document as docs/asyncapi.json holds it."""
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


def _channel(one: Traffic) -> dict[str, Any]:
    return {
        "address": one.address,
        "messages": {one.name: {"$ref": f"#/components/messages/{one.name}"}},
        "parameters": {
            name: {"description": text}
            for name, text in PARAMETERS.items()
            if f"{{{name}}}" in one.address
        },
    }


def _operation_name(one: Traffic) -> str:
    return ("receive_" if one.sender is Sender.HUB else "send_") + one.name


def _operation(one: Traffic) -> dict[str, Any]:
    return {
        "action": "receive" if one.sender is Sender.HUB else "send",
        "channel": {"$ref": f"#/channels/{one.name}"},
        "summary": f"From the {one.sender}, {one.when}.",
        "messages": [{"$ref": f"#/channels/{one.name}/messages/{one.name}"}],
        "bindings": {"mqtt": {"qos": one.qos, "retain": one.retained, "bindingVersion": "0.2.0"}},
    }


def _message(one: Traffic) -> dict[str, Any]:
    message: dict[str, Any] = {
        "name": one.name,
        "summary": summary(one.kind),
        "payload": ref(one.kind),
        "examples": [{"payload": json.loads(encode(MESSAGES[one.name]))}],
    }
    if one.signed:
        message["headers"] = _HEADERS
    return message

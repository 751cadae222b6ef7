"""`loquet schema`: print the AsyncAPI or OpenAPI description, or the JSON schema of config.toml."""

import argparse

EXAMPLE = "loquet schema openapi > openapi.json"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the schema to print."""
    parser.add_argument("schema", choices=["asyncapi", "openapi", "config"])


def run(args: argparse.Namespace) -> int:
    """Print the schema."""
    print(_SCHEMAS[args.schema]().rstrip("\n"))
    return 0


def _asyncapi() -> str:
    from controller.wire.schema.asyncapi import text

    return text()


def _openapi() -> str:
    from webui.api.table import description
    from webui.features import FEATURES

    return description(FEATURES).decode()


def _config() -> str:
    import json

    import msgspec

    from controller.settings import Settings

    return json.dumps(msgspec.json.schema(Settings), indent=2)


_SCHEMAS = {"asyncapi": _asyncapi, "openapi": _openapi, "config": _config}

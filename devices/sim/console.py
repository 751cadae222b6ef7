"""The console of a simulated device's process: one JSON object per line, in and out.

A person types `{"do": "load", "watts": 900}`; a test does the same, and reads what happened.
"""

import asyncio
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

ConsoleCommand = Callable[..., None]
"""Carries out a command. Raises ValueError with a one-line message."""


def print_event(event: str, **fields: Any) -> None:
    """Print an event; `at` is this computer's monotonic clock in seconds."""
    line = msgspec.json.encode({"event": event, "at": time.monotonic(), **fields})
    sys.stdout.write(line.decode() + "\n")
    sys.stdout.flush()


async def run_console(commands: Mapping[str, ConsoleCommand]) -> None:
    """Carry out commands from standard input and reply to each, until it is closed."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        if line.strip():
            _do(line, commands)


def _do(line: bytes, commands: Mapping[str, ConsoleCommand]) -> None:
    try:
        fields = msgspec.json.decode(line, type=dict[str, Any])
        name = fields.pop("do", "")
        if name == "hello":  # after the reply, all earlier events have been read
            print_event("done", do=name)
            return
        if name not in commands:
            raise ValueError(f"unknown command '{name}'; allowed: {', '.join(commands)}")
        commands[name](**fields)
    except (msgspec.DecodeError, ValueError, TypeError) as error:
        print_event("refused", why=str(error))
    else:
        print_event("done", do=name)

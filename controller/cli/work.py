"""Shared parts of data commands: opening the database, output as text or JSON."""

import argparse
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from controller.assembly import HOUSE
from controller.capabilities.agents.pki import write_private
from controller.capabilities.badges.vault import Vault
from controller.cli import settings_of
from controller.cli.numbers import vault_here
from controller.kernel.database import Database
from controller.kernel.sandbox.limits import MAX_BYTES, MIB
from controller.kernel.user_name import user_name
from controller.settings import Settings
from controller.store.engine import open_database
from controller.store.migrate import require_current


class CommandFailed(Exception):
    """The command ran, but with a bad result; the message is one line."""


@contextmanager
def open_configured(
    args: argparse.Namespace, *, exclusive: bool = False
) -> Iterator[tuple[Settings, Database]]:
    """Open the database of the settings, which must be of this version; yields both.

    `exclusive` as in `open_database`.
    """
    settings = settings_of(args)
    url, mail_is_on = settings.database.url, settings.mail.is_on
    vault = vault_here(settings)
    with open_checked(url, exclusive=exclusive, vault=vault, mail_is_on=mail_is_on) as database:
        yield settings, database


@contextmanager
def open_checked(
    url: str, *, exclusive: bool = False, vault: Vault | None = None, mail_is_on: bool = False
) -> Iterator[Database]:
    """Open the database at an address, which must be of this version."""
    engine = open_database(url, exclusive=exclusive)
    try:
        require_current(engine, HOUSE.migrations)
        yield Database(engine, house=HOUSE, vault=vault, mail_is_on=mail_is_on)
    finally:
        engine.dispose()


def read_file(file: Path) -> bytes:
    """Return the contents of a file. Raises CommandFailed with a one-line message."""
    try:
        with file.open("rb") as opened_file:
            data = opened_file.read(MAX_BYTES + 1)
    except PermissionError as error:
        raise CommandFailed(
            f"{file}: {user_name()} may not read it; copy it to a readable folder such as /tmp"
        ) from error
    except OSError as error:
        raise CommandFailed(f"{file}: {error.strerror}") from error
    if len(data) > MAX_BYTES:
        raise CommandFailed(f"{file}: larger than {MAX_BYTES // MIB} MB; split it")
    return data


def show(args: argparse.Namespace, value: Any, text: str) -> None:
    """Print the value as JSON with --json, else the text."""
    print(json.dumps(value, ensure_ascii=False, indent=1) if args.json else text)


def show_secret(
    args: argparse.Namespace, value: dict[str, Any], name: str, secret: str, text: str = ""
) -> None:
    """Print a secret once; with --out write it to a file that only its owner can read."""
    if args.out is None:
        show(args, value | {name: secret}, f"{text}: {secret}" if text else secret)
        return
    write_private(args.out, f"{secret}\n".encode())
    show(args, value | {"file": str(args.out)}, text or f"written to {args.out}")


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Format rows under a header, in aligned columns."""
    cells = [[str(cell) for cell in row] for row in (header, *rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(header))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    )

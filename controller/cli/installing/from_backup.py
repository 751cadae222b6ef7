"""Restore a place on a bare computer, from its backup repository and that repository's password."""

import argparse
import getpass
import json
import os
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from controller.cli.backup.archive import FOREIGN_CONFIG
from controller.cli.installing.config_text import ControllerRequest, with_values
from controller.cli.installing.layout import Layout, program
from controller.cli.installing.manifest import Manifest
from controller.cli.installing.progress_output import run_steps
from controller.cli.installing.repository import repository_steps
from controller.cli.installing.rights import rights_of, write_rights_of
from controller.cli.installing.steps import (
    Folder,
    FunctionStep,
    Outcome,
    ServiceFolder,
    Step,
    WriteFile,
)
from controller.cli.installing.units import loquet
from controller.cli.installing.user import user_steps
from controller.kernel.backups import CHOICE, ENVIRONMENT, PASSWORD
from controller.settings import SettingsError
from devices.agent.enrolment.controller_api import is_loopback
from devices.agent.enrolment.identity import write_private

_OF_SERVERS = (
    *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_DEFAULT_REGION"),
    *("RESTIC_REST_USERNAME", "RESTIC_REST_PASSWORD"),
)
"""Environment variables with the credentials of a repository's server, as restic reads them."""

_OPTIONS = re.compile(r"(?m)^[ \t]*options[ \t]*=[ \t]*\[[^\]]*\][^\n]*$")
"""Matches restic's options in config.toml, which name files of the old computer."""


@dataclass
class RestoreOutcome:
    """The result of the restore."""

    made_at: str = ""
    url: str = ""
    """Address of the pages in the backup."""
    agents_url: str = ""

    @property
    def name(self) -> str | None:
        """The host name of the pages in the backup."""
        return urlsplit(self.url).hostname


def restore_place(
    args: argparse.Namespace, layout: Layout, manifest: Manifest
) -> tuple[list[Outcome], RestoreOutcome]:
    """Restore the place; its name and ports are kept unless others are given."""
    repository, restored = args.from_backup, RestoreOutcome()
    require_nothing_there(layout)
    steps = restore_steps(layout, repository, password_of(args), manifest, restored)
    outcomes = run_steps(args, layout, manifest, "controller", steps)
    if restored.name and not is_loopback(restored.name):
        args.https = args.https or urlsplit(restored.url).port
        args.agents_port = args.agents_port or urlsplit(restored.agents_url).port
    return outcomes, restored


def require_nothing_there(layout: Layout) -> None:
    """Raise SettingsError if there is a place already, or restic is missing."""
    with rights_of(layout.user):
        files = (layout.keys / "ca.key", layout.state / "var/loquet.db")
        existing = [str(file) for file in files if os.path.lexists(file)]
    if existing:
        raise SettingsError(
            f"this computer already has a place ({existing[0]}): loquet backup restore brings a"
            " backup back into it; if that was cut off: loquet setup controller"
        )
    if program("restic") is None:
        raise SettingsError("run apt install restic first, then this command again")


def password_of(args: argparse.Namespace) -> str:
    """Return the repository's password, typed without echo or from standard input.

    Raises SettingsError.
    """
    if args.dry_run:
        return ""
    if sys.stdin.isatty():
        password = getpass.getpass("Password of the repository (hidden): ").strip()
    else:
        password = sys.stdin.readline().strip()
    if not password:
        raise SettingsError("the repository's password is missing: type it, or pipe it in")
    return password


def restore_steps(
    layout: Layout, repository: str, password: str, manifest: Manifest, outcome: RestoreOutcome
) -> Iterator[Step]:
    """Yield the steps that restore configuration, database and keys."""
    keys = layout.keys
    yield Folder(layout.of_root, None, 0o755)
    yield from user_steps(layout)
    yield Folder(layout.state, layout.user, 0o750)
    yield ServiceFolder(layout.state / "var", layout.user)
    yield ServiceFolder(keys, layout.user)
    yield from repository_steps(layout, repository, is_there=True)

    yield FunctionStep(
        "the repository's password",
        lambda: True,
        lambda: _store_secrets(layout, repository, password),
    )
    backup: dict[str, Any] = {}

    def configure() -> bool:
        backup.update(_look_into_backup(layout, repository))
        text = with_paths(backup["config"], layout)
        if "repository" in tomllib.loads(text).get("backup", {}):
            text = with_repository(text, layout, repository)
        else:
            _store_choice(layout, backup["choice"], repository)
        outcome.made_at = backup["made_at"]
        config = tomllib.loads(text)
        outcome.url = _text_value(config, "web", "public_url") or ""
        outcome.agents_url = _text_value(config, "web", "agents_url") or ""
        _write(layout, text, manifest)
        return True

    def restore() -> bool:
        try:
            loquet(layout, "backup", "restore", backup["id"], "--yes")
        except SettingsError:
            layout.config.unlink()  # a later set-up would take it for an existing place
            raise
        with rights_of(layout.user):
            _remove_foreign_broker_config(layout)
        return True

    yield FunctionStep(f"{layout.config}, from the backup", lambda: True, configure)
    yield FunctionStep(
        "database, keys and the broker's files, from the backup", lambda: True, restore
    )


def _remove_foreign_broker_config(layout: Layout) -> None:
    """Remove the other computer's `config.toml`, which the restore has put beside, and a broker
    configuration with its folders, of which `loquet init` makes a new one."""
    (layout.state / "var" / FOREIGN_CONFIG).unlink(missing_ok=True)
    file = layout.broker / "mosquitto.conf"
    if file.exists() and str(layout.broker) not in file.read_text(encoding="utf-8"):
        file.unlink()


def _store_secrets(layout: Layout, repository: str, password: str) -> bool:
    """Store the password, and the server's credentials from root's environment."""
    variables = [f"{name}={os.environ[name]}\n" for name in _OF_SERVERS if name in os.environ]
    with write_rights_of(layout.user, layout.keys):
        write_private(layout.keys / PASSWORD, f"{password}\n".encode())
        if not repository.startswith("/"):
            write_private(layout.keys / ENVIRONMENT, "".join(variables).encode())
    return True


def _look_into_backup(layout: Layout, repository: str) -> Any:
    """Return the latest backup's configuration, read with a temporary configuration of our own."""
    own = layout.state / "var/from-backup.toml"
    text = with_repository(f"[site]\nkeys = {json.dumps(str(layout.keys))}\n", layout, repository)
    try:
        with write_rights_of(layout.user, own):
            write_private(own, text.encode())
        return loquet(Layout(layout.root, own), "backup", "look")
    finally:
        with rights_of(layout.user):
            own.unlink(missing_ok=True)


def _store_choice(layout: Layout, old_choice: dict[str, Any], repository: str) -> None:
    """Store the repository and the backup's schedule, as the Backups page does."""
    file, keys = layout.keys.with_name(CHOICE), layout.keys
    environment = None if repository.startswith("/") else str(keys / ENVIRONMENT)
    new_choice = {"repository": repository, "password_file": str(keys / PASSWORD)}
    with write_rights_of(layout.user, file):
        data = json.dumps({**old_choice, **new_choice, "environment_file": environment})
        write_private(file, data.encode())


def with_repository(text: str, layout: Layout, repository: str) -> str:
    """Return the configuration with this repository, so that backups continue there."""
    values: dict[tuple[str, str], str | int] = {
        ("backup", "repository"): repository,
        ("backup", "password_file"): str(layout.keys / PASSWORD),
    }
    if not repository.startswith("/"):
        values |= {("backup", "environment_file"): str(layout.keys / ENVIRONMENT)}
    return with_values(_OPTIONS.sub("", text), values)


def with_paths(text: str, layout: Layout) -> str:
    """Return the configuration with this computer's standard paths."""
    keys = layout.keys
    values: dict[tuple[str, str], str | int] = {}
    usual = {
        ("site", "keys"): keys,
        ("mqtt", "ca"): keys / "ca.crt",
        ("mqtt", "cert"): keys / "hub.crt",
        ("mqtt", "key"): keys / "hub.key",
        ("mqtt", "broker_dir"): layout.broker,
        ("web", "secret"): keys / "web.secret",
        ("agent", "state_dir"): layout.agent,
    }
    config = tomllib.loads(text)
    for (table, key), path in usual.items():
        value = _text_value(config, table, key)
        if value is not None and not (layout.state / value).is_relative_to(layout.state):
            values[table, key] = str(path)
    url = _text_value(config, "database", "url") or ""
    file = url.removeprefix("sqlite:///")
    if file != url and not (layout.state / file).is_relative_to(layout.state):
        values["database", "url"] = f"sqlite:///{layout.state}/var/loquet.db"
    return with_values(text, values)


def report_lines(restored: RestoreOutcome, request: ControllerRequest) -> Iterator[str]:
    """Yield the lines that inform the user about the restored place."""
    yield f"Restored as of {restored.made_at}; boxes send later events again."
    if request.url == restored.url:
        # The first name is that of the address; the others were asked for besides it.
        if restored.name not in request.names[1:]:
            yield f"Its address stays {request.url}: point it to this computer, and its boxes"
            yield "    reconnect by themselves. For another: loquet setup controller --name NAME"
    else:
        yield f"Its address was {restored.url}, and is {request.url} now. Boxes that find it on"
        yield "    this network (avahi-utils) follow within a few minutes; on each other one:"
        yield f"    loquet setup agent --url {request.agents_url}"
    yield "Never start the old computer's controller again: two would run the same installation."


def _write(layout: Layout, text: str, manifest: Manifest) -> None:
    if layout.config.exists() and not manifest.is_ours(layout.config):
        raise SettingsError(f"{layout.config} is there already: move it away, then try again")
    WriteFile(layout.config, text, manifest, layout.user, 0o640).apply()


def _text_value(config: dict[str, Any], table: str, key: str) -> str | None:
    value = config.get(table, {}).get(key)
    return value if isinstance(value, str) else None

"""The text of config.toml that set-up writes, and the values that it changes in an existing one."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from controller.cli.installing.front import HTTPS
from controller.cli.installing.layout import Layout
from controller.settings import EVERYWHERE, SettingsError

# The controller that is to be set up.


@dataclass(frozen=True, kw_only=True)
class ControllerRequest:
    """The options of `loquet setup controller`, with defaults filled in."""

    layout: Layout
    site: str
    place: str
    language: str
    time_zone: str
    names: tuple[str, ...]
    """Names of this computer; the first is the host name of the pages."""
    https: int
    http: int
    agents_port: int
    bind: str
    """Address of the web server behind nginx."""
    mqtt_port: int
    certificate: Path | None = None
    """A certificate for browsers that was provided, with its key; None: not provided."""
    key: Path | None = None
    acme: str | None = None
    """The name for which certbot gets a certificate; None: certbot is not used."""
    acme_server: str | None = None

    @property
    def url(self) -> str:
        """The address of the pages."""
        return address(self.names[0], self.https)

    @property
    def agents_url(self) -> str:
        """The address where boxes claim, renew and fetch programs."""
        return address(self.names[0], self.agents_port)

    @property
    def uses_own_certificate(self) -> bool:
        """Return whether browsers get a certificate that the controller issued itself."""
        return self.certificate is None and self.acme is None


def address(name: str, port: int) -> str:
    """Return an HTTPS address, with the port unless it is the standard one."""
    host = f"[{name}]" if ":" in name else name
    return f"https://{host}" if port == HTTPS else f"https://{host}:{port}"


Values = Mapping[tuple[str, str], str | int]
"""Values of config.toml by section and key."""
_HEAD = """\
# Made by `loquet setup`, and yours from now on: setup changes a value only when an option names it.
# All other settings and their defaults: docs/install.md, and `loquet schema config`.
"""
_VALUE = r"""("(?:[^"\\]|\\.)*"|'[^']*'|[^\s#"'\[{]+)"""
"""Matches a value that begins and ends on its line."""


def controller_values(request: ControllerRequest) -> Values:
    """Return the values of a controller's configuration."""
    layout, keys = request.layout, request.layout.keys
    return {
        ("site", "id"): request.site,
        ("site", "name"): request.place,
        ("site", "time_zone"): request.time_zone,
        ("site", "language"): request.language,
        ("site", "keys"): str(keys),
        ("database", "url"): f"sqlite:///{layout.state}/var/loquet.db",
        ("mqtt", "host"): request.names[0],
        ("mqtt", "port"): request.mqtt_port,
        ("mqtt", "bind"): EVERYWHERE,
        ("mqtt", "ca"): f"{keys}/ca.crt",
        ("mqtt", "cert"): f"{keys}/hub.crt",
        ("mqtt", "key"): f"{keys}/hub.key",
        ("mqtt", "broker_dir"): str(layout.broker),
        ("web", "bind"): request.bind,
        ("web", "public_url"): request.url,
        ("web", "agents_url"): request.agents_url,
        ("web", "proxies"): 1,
        ("web", "secret"): f"{keys}/web.secret",
    }


def controller_config(request: ControllerRequest) -> str:
    """Return a controller's configuration; it has the folder of an agent too."""
    return with_values(agent_config(request.layout), controller_values(request))


def agent_config(layout: Layout) -> str:
    """Return the configuration of a computer that is only an agent."""
    return f"{_HEAD}[agent]\nstate_dir = {_toml(str(layout.agent))}\n"


def with_values(text: str, values: Values) -> str:
    """Return the text with these values set, and all other lines unchanged.

    Raises SettingsError.
    """
    lines, expected = text.splitlines(), deepcopy(tomllib.loads(text))
    for (section, key), value in values.items():
        table: dict[str, Any] = expected.setdefault(section, {})
        table[key] = value
        _set(lines, section, key, _toml(value))
    new = "\n".join([*lines, ""])
    if _read(new) != expected:
        settings = ", ".join(
            f"[{section}] {key} = {_toml(value)}" for (section, key), value in values.items()
        )
        raise SettingsError(
            f"setup can't change config.toml as it is written; set this yourself: {settings}"
        )
    return new


def _set(lines: list[str], section: str, key: str, value: str) -> None:
    begin = next(_headers(lines, rf"\[\s*{section}\s*\]"), None)
    if begin is None:
        lines += ["", f"[{section}]", f"{key} = {value}"]
        return
    end = next((index for index in _headers(lines, r"\[.*") if index > begin), len(lines))
    for index in range(begin + 1, end):
        if match := re.fullmatch(rf"(\s*{key}\s*=\s*){_VALUE}(\s*(?:#.*)?)", lines[index]):
            lines[index] = f"{match[1]}{value}{match[3]}"
            return
    last = max(index for index in range(begin, end) if lines[index].strip())
    lines.insert(last + 1, f"{key} = {value}")


def _headers(lines: list[str], pattern: str) -> Iterator[int]:
    whole = re.compile(rf"\s*{pattern}\s*(#.*)?")
    return (index for index, line in enumerate(lines) if whole.fullmatch(line))


def _read(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None


def _toml(value: str | int) -> str:
    return json.dumps(value, ensure_ascii=False)

"""Apply the options of `loquet setup controller` to an existing place, or refuse them by name."""

import argparse
import os
import tomllib
from urllib.parse import urlsplit

from controller.cli.installing.config_text import (
    ControllerRequest,
    Values,
    controller_values,
    with_values,
)
from controller.cli.installing.layout import Layout
from controller.cli.installing.manifest import Manifest
from controller.cli.installing.rights import installed_settings, rights_of, write_rights_of
from controller.cli.installing.steps import FunctionStep, Step
from controller.cli.installing.units import is_active, systemctl
from controller.settings import EVERYWHERE, Settings, SettingsError

_TABLES = frozenset({"site", "database", "mqtt", "web"})
_READERS = ("loquet-serve.service", "loquet-hub.service", "loquet-web.service")


def installed_place(layout: Layout, manifest: Manifest) -> Settings | None:
    """Return the settings of the place on this computer.

    None: there is no place yet, or an earlier run stopped after writing config.toml. Raises
    SettingsError.
    """
    with rights_of(layout.user):
        is_begun = not (layout.keys / "ca.key").exists() and layout.config.is_file()
        if is_begun and manifest.is_ours(layout.config):
            return None
    return installed_settings(layout)


def public_name(installed: Settings | None) -> str | None:
    """Return the host name of the pages if they use HTTPS, else None. Raises SettingsError."""
    if installed is None or not installed.web.public_url.startswith("https:"):
        return None
    try:
        return urlsplit(installed.web.public_url).hostname
    except ValueError as error:
        raise SettingsError(
            f"[web] public_url: {installed.web.public_url!r} is not an address; correct it"
        ) from error


def changed_values(
    args: argparse.Namespace, request: ControllerRequest, installed: Settings
) -> Values:
    """Return the values of config.toml that change. Raises SettingsError."""
    if not _TABLES & tomllib.loads(_text(request.layout)).keys():
        return controller_values(request)  # so far it is only an agent's configuration
    _refuse_fixed(args, installed)
    current = {
        ("site", "name"): installed.site.name,
        ("site", "language"): installed.site.language,
        ("site", "time_zone"): installed.site.time_zone,
        ("mqtt", "host"): installed.mqtt.host,
        ("web", "bind"): installed.web.bind,
        ("web", "public_url"): installed.web.public_url.rstrip("/"),
        ("web", "agents_url"): installed.web.agents_url,
        ("web", "proxies"): installed.web.proxies,
    }
    new = controller_values(request)
    return {at: new[at] for at in _keys_of_options(args, installed) if new[at] != current[at]}


def _keys_of_options(args: argparse.Namespace, installed: Settings) -> set[tuple[str, str]]:
    """Return the values of config.toml that the given options concern."""
    options = {"place": "name", "language": "language", "time_zone": "time_zone"}
    keys = {("site", key) for option, key in options.items() if getattr(args, option) is not None}
    if args.web_port is not None:
        keys |= {("web", "bind")}
    if args.name or args.acme or args.https is not None:
        keys |= {("web", "public_url"), ("web", "agents_url"), ("web", "proxies")}
    if args.agents_port is not None or (
        public_name(installed) and installed.web.agents_url is None
    ):
        keys |= {("web", "agents_url")}
    follows_pages = installed.mqtt.bind == EVERYWHERE and installed.mqtt.host == public_name(
        installed
    )
    return keys | ({("mqtt", "host")} if follows_pages and (args.name or args.acme) else set())


def _refuse_fixed(args: argparse.Namespace, installed: Settings) -> None:
    """Raise SettingsError for values that boxes rely on, so that they can't change."""
    if args.site not in (None, installed.site.id):
        raise SettingsError(
            f"--site: the id of this site is {installed.site.id}, and can't change; for the name"
            " that people read: --place"
        )
    if args.mqtt_port not in (None, installed.mqtt.port):
        raise SettingsError(
            f"--mqtt-port: boxes expect the broker on {installed.mqtt.port}; for another port write"
            " [mqtt] port, run loquet init, and enrol each box again"
        )


def config_steps(layout: Layout, values: Values) -> list[Step]:
    """Return the step that writes the values into config.toml, with the rights of its owner."""
    if not values:
        return []
    names = ", ".join(f"{section}.{key}" for section, key in values)

    def is_needed() -> bool:
        text = _text(layout)
        return with_values(text, values) != text

    def apply() -> bool:
        needed = is_needed()
        if needed:
            new = with_values(_text(layout), values)
            with write_rights_of(layout.user, layout.config):
                _replace(layout, new)
        return needed

    return [FunctionStep(f"{layout.config}: {names}", is_needed, apply)]


def restart_steps(layout: Layout, values: Values) -> list[Step]:
    """Return the step that restarts hub and pages to read config.toml again."""
    if not values or not layout.has_systemd:
        return []

    def apply() -> bool:
        systemctl("restart", *filter(is_active, _READERS))
        return True

    return [FunctionStep("restart of hub and pages", lambda: True, apply)]


def _text(layout: Layout) -> str:
    with rights_of(layout.user):
        return layout.config.read_text(encoding="utf-8")


def _replace(layout: Layout, text: str) -> None:
    file = layout.config.resolve()
    new = file.with_name(f"{file.name}.new")
    new.unlink(missing_ok=True)
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o640)
    with os.fdopen(handle, "w", encoding="utf-8") as opened:
        opened.write(text)
    new.replace(file)

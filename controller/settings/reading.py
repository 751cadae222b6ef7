"""Reads config.toml, LOQUET_SECTION_KEY variables and systemd credentials into typed settings."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from controller.domain.control_characters import first_control
from controller.domain.validation_issue import ValidationIssue
from controller.settings import (
    AccessPointSettings,
    BackupSettings,
    DatabaseSettings,
    Settings,
    SettingsError,
)


def load(file: Path, environment: Mapping[str, str] = os.environ) -> Settings:
    """Read a configuration file and the environment's overrides. Raises SettingsError."""
    raw = _read(file)
    _apply_environment(raw, environment)
    _take_credentials(raw, environment)
    _check_texts(raw, file)
    raw["source"] = str(file)
    settings = _convert(raw, file)
    _check_points(settings, file)
    _check_mail(settings, file)
    _check_oidc(settings, file)
    _check_backup(settings, file)
    _check_syslog(settings, file)
    return _resolve(settings, _base(file))


def read_secret(path: str) -> str:
    """The text of a secret's file, without its final newline. Raises SettingsError."""
    try:
        return Path(path).read_text(encoding="utf-8").rstrip("\n")
    except OSError as error:
        reason = error.strerror
        raise SettingsError(f"cannot read the secret file {path}: {reason}") from error


def _read(file: Path) -> dict[str, Any]:
    try:
        if file.exists() and not file.is_file():  # a pipe would be waited for
            raise SettingsError(f"{file} is not a file; name another with --config")
        raw = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        reason = error.strerror
        raise SettingsError(f"{file}: {reason}; give the file's path with --config") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SettingsError(f"{file}: not valid TOML: {error}") from error
    if "source" in raw:
        raise SettingsError(f"{file}: unknown key 'source'; {_allowed_text(Settings)}")
    return raw


def _apply_environment(raw: dict[str, Any], environment: Mapping[str, str]) -> None:
    for variable, text in sorted(environment.items()):
        for section in Settings.__struct_fields__:
            prefix = f"LOQUET_{section.upper()}_"
            if variable.startswith(prefix) and section != "source":
                _override_one(raw, section, variable.removeprefix(prefix).lower(), text, variable)


def _take_credentials(raw: dict[str, Any], environment: Mapping[str, str]) -> None:
    """Set keys to systemd's credentials `loquet.SECTION.KEY` (systemd.exec(5))."""
    folder = environment.get("CREDENTIALS_DIRECTORY")
    for file in sorted(Path(folder).glob("loquet.*.*")) if folder else ():
        _, section, key = file.name.split(".", 2)
        if section not in Settings.__struct_fields__ or section == "source":
            raise SettingsError(f"credential {file.name}: there is no section [{section}]")
        _override_one(raw, section, key, str(file), f"credential {file.name}")


def _override_one(raw: dict[str, Any], section: str, key: str, text: str, variable: str) -> None:
    kind = type(getattr(Settings(), section))
    hints = {field.name: field.type for field in msgspec.structs.fields(kind)}
    if key not in hints or key == "access_point":
        raise SettingsError(f"environment: unknown {variable}; {_allowed_text(kind)}")
    try:
        value = msgspec.convert(text, hints[key], strict=False)
    except msgspec.ValidationError as error:
        raise SettingsError(f"environment: {variable}: {error}") from error
    raw.setdefault(section, {})[key] = value


def _check_texts(raw: Mapping[str, Any], file: Path) -> None:
    """Refuse control characters, except in options of drivers, which may need a carriage return."""
    for section, values in raw.items():
        for key, value in values.items() if isinstance(values, Mapping) else ():
            for text in value if isinstance(value, list) else (value,):
                if isinstance(text, str) and (control := first_control(text)) is not None:
                    message = f"the character {control} is not allowed; write the text without it"
                    raise SettingsError(f"{file}: {section}.{key}: {message}")


def _convert(raw: dict[str, Any], file: Path) -> Settings:
    try:
        return msgspec.convert(raw, Settings)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{file}: {_error_text(ValidationIssue.of(error))}") from error


def _error_text(problem: ValidationIssue) -> str:
    """Reword msgspec's message: the key first, then what is allowed."""
    if problem.unknown is not None:
        where = f" in [{problem.path}]" if problem.path else ""
        return f"unknown key '{problem.unknown}'{where}; {_allowed_text(_struct_at(problem.path))}"
    return f"{problem.path or 'the file'}: {problem.message[0].lower()}{problem.message[1:]}"


def _struct_at(where: str) -> type[msgspec.Struct]:
    if where.startswith("agent.access_point"):
        return AccessPointSettings
    return type(getattr(Settings(), where)) if where else Settings


def _allowed_text(kind: type[msgspec.Struct]) -> str:
    names = ", ".join(name for name in kind.__struct_fields__ if name != "source")
    return f"allowed: {names}"


def _check_points(settings: Settings, file: Path) -> None:
    ids: set[str] = set()
    for point in settings.agent.access_point:
        if point.id in ids:
            raise SettingsError(f"{file}: agent.access_point: id '{point.id}' is used twice")
        ids.add(point.id)
        table = "power" if point.kind == "machine" else "strike"
        if getattr(point, table) is None:
            raise SettingsError(
                f"{file}: agent.access_point '{point.id}': a {point.kind} needs a table '{table}'"
            )


def _check_mail(settings: Settings, file: Path) -> None:
    mail = settings.mail
    if (mail.host is None) is not (mail.sender is None):
        raise SettingsError(f"{file}: mail: 'host' and 'sender' belong together")
    if (mail.user is None) is not (mail.password_file is None):
        raise SettingsError(f"{file}: mail: 'user' and 'password_file' belong together")
    if mail.tls == "none" and mail.user is not None:
        raise SettingsError(f"{file}: mail.tls: 'none' would send the password in the clear")


def _check_oidc(settings: Settings, file: Path) -> None:
    oidc = settings.oidc
    required = (oidc.issuer, oidc.client_id, oidc.client_secret_file)
    if any(required) and not all(required):
        raise SettingsError(
            f"{file}: oidc: 'issuer', 'client_id' and 'client_secret_file' belong together"
        )
    if oidc.recovery_login is not None and not oidc.is_on:
        raise SettingsError(f"{file}: oidc.recovery_login: there is no provider; set 'issuer'")
    if "openid" not in oidc.scopes:
        raise SettingsError(f"{file}: oidc.scopes: 'openid' must be one of them")


def _check_syslog(settings: Settings, file: Path) -> None:
    if (settings.syslog.cert is None) is not (settings.syslog.key is None):
        raise SettingsError(f"{file}: syslog: 'cert' and 'key' belong together")


def _check_backup(settings: Settings, file: Path) -> None:
    backup = settings.backup
    if (backup.repository is None) is not (backup.password_file is None):
        raise SettingsError(f"{file}: backup: 'repository' and 'password_file' belong together")


def _base(file: Path) -> Path:
    """Return the folder for relative paths: that of the file.

    For the installed file it is the services' folder, since these can't write below /etc
    (docs/decisions/0224).
    """
    folder = file.resolve().parent
    is_installed = folder.parts[-2:] == ("etc", "loquet")
    return folder.parents[1] / "var/lib/loquet" if is_installed else folder


def _resolve(settings: Settings, base: Path) -> Settings:
    """Make relative paths absolute."""

    def absolute(section: Any, *names: str) -> Any:
        paths = {name: getattr(section, name) for name in names}
        changes = {name: str(base / path) for name, path in paths.items() if path is not None}
        return msgspec.structs.replace(section, **changes)

    url = settings.database.url
    if url.startswith("sqlite:///") and not url.startswith("sqlite:////"):
        url = f"sqlite:///{base / url.removeprefix('sqlite:///')}"
    return msgspec.structs.replace(
        settings,
        site=absolute(settings.site, "keys"),
        database=DatabaseSettings(url=url),
        mqtt=absolute(settings.mqtt, "ca", "cert", "key", "broker_dir"),
        web=absolute(settings.web, "secret"),
        backup=absolute(settings.backup, *_paths_of(settings.backup)),
        mail=absolute(settings.mail, "ca", "password_file"),
        oidc=absolute(settings.oidc, "client_secret_file"),
        syslog=absolute(settings.syslog, "ca", "cert", "key"),
        home_assistant=absolute(settings.home_assistant, "ca", "password"),
        fabomatic=absolute(settings.fabomatic, "ca", "password", "access"),
        agent=absolute(settings.agent, "state_dir", "plugs", "programs"),
    )


def _paths_of(backup: BackupSettings) -> tuple[str, ...]:
    files = ("password_file", "environment_file")
    return (*files, "repository") if backup.is_folder else files

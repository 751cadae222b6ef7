"""The steps that make a computer a controller."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from controller.capabilities.agents.web_authority import WebAuthority, has_authority
from controller.cli.installing.acme import CHALLENGES, acme_steps, files_of, folder_of
from controller.cli.installing.config_text import ControllerRequest, Values, controller_config
from controller.cli.installing.front import NAME, Front, standalone_config
from controller.cli.installing.front_certificates import AGENTS, BROWSERS, certificate_steps
from controller.cli.installing.layout import Layout, program
from controller.cli.installing.manifest import Manifest
from controller.cli.installing.names import AVAHI, avahi_file
from controller.cli.installing.option_checks import require_free
from controller.cli.installing.rights import installed_settings, rights_of, write_rights_of
from controller.cli.installing.second_run import config_steps, restart_steps
from controller.cli.installing.steps import Folder, FunctionStep, ServiceFolder, Step, WriteFile
from controller.cli.installing.units import is_active, loquet, systemctl, unit_steps, venv_program
from controller.cli.installing.user import user_steps
from controller.settings import SettingsError

UNITS = (
    "loquet-broker.service",
    "loquet-serve.service",
    "loquet-backup.timer",
    "loquet-renew.timer",
)
"""Units that are enabled on a controller."""
REQUIRED_PROGRAMS = {"mosquitto": "mosquitto", "nginx": "nginx-light"}
"""Required programs, each with its Debian package."""
_UNLESS_OURS = "mosquitto.service.d/loquet.conf"
"""Drop-in of our package, which starts Debian's broker only where ours does not run."""


@dataclass
class ControllerOutcome:
    """The result of the set-up."""

    created: list[str] = field(default_factory=list)
    setup_code: str | None = None
    backup_password: str | None = None


def require_ready(request: ControllerRequest, *, is_there: bool) -> None:
    """Raise SettingsError if this computer lacks a program, or something is in the way."""
    missing = [package for name, package in REQUIRED_PROGRAMS.items() if program(name) is None]
    if missing:
        raise SettingsError(f"run apt install {' '.join(missing)} first, then this command again")
    if request.layout.has_systemd:
        _try_nginx("the existing configuration of nginx is invalid")
        if not is_there:
            require_free(request)


def controller_steps(
    request: ControllerRequest,
    manifest: Manifest,
    outcome: ControllerOutcome,
    values: Values,
    *,
    is_there: bool,
) -> Iterator[Step]:
    """Yield all steps; each one is run before the next is generated.

    `values`: what changes in the config.toml of an existing place.
    """
    layout = request.layout
    yield Folder(layout.of_root, None, 0o755)
    yield from user_steps(layout)
    yield Folder(layout.state, layout.user, 0o750)
    yield ServiceFolder(layout.state / "var", layout.user)
    yield Folder(layout.front, None)
    text = controller_config(request)
    yield WriteFile(layout.config, text, manifest, layout.user, 0o640, is_kept=is_there)
    yield from config_steps(layout, values)
    yield _init_step(request, values, outcome)
    yield Folder(folder_of(layout), None, 0o755)
    yield from certificate_steps(layout)
    yield from _front_steps(request, manifest)
    if request.acme:
        yield from acme_steps(layout, request.acme, request.acme_server)
        yield from _front_steps(request, manifest)
    yield from _debians_broker_steps(layout)
    yield from unit_steps(layout, UNITS, manifest)
    yield from restart_steps(layout, values)
    yield _announcement_step(request, manifest)


def renewal_steps(layout: Layout) -> Iterator[Step]:
    """Yield the steps that copy renewed certificates for nginx, and reload it if needed."""
    copies = list(certificate_steps(layout))
    is_new = any(copy.is_needed() for copy in copies)
    yield from copies
    if is_new and layout.has_systemd:
        yield FunctionStep(
            "reload of nginx", lambda: True, lambda: _reload_nginx("try-reload-or-restart")
        )


def to_start(request: ControllerRequest) -> list[str]:
    """Return the commands to start, in this order, if there is no systemd."""
    layout = request.layout
    if layout.has_systemd:
        return []
    nginx = "" if layout.is_system else f" -c {layout.nginx / 'nginx.conf'}"
    return [
        f"{program('mosquitto')} -c {layout.broker}/mosquitto.conf",
        f"{venv_program('loquet')} serve --config {layout.config}",
        f"{program('nginx')}{nginx}",
    ]


def _init_step(request: ControllerRequest, values: Values, outcome: ControllerOutcome) -> Step:
    layout = request.layout

    def is_needed() -> bool:
        return (
            not (layout.keys / "web.crt").exists() or bool(values) or _is_authority_limited(request)
        )

    def apply() -> bool:
        if _is_authority_limited(request):
            _forget_authority(layout)
        words = [word for name in request.names for word in ("--also", name)]
        if any(section == "site" for section, _ in values):
            words.append("--site-as-configured")
        result: dict[str, Any] = loquet(layout, "init", *words)
        outcome.created, outcome.setup_code = result["made"], result.get("setup_code")
        return bool(outcome.created)

    return FunctionStep("keys, certificates, the broker's files, the database", is_needed, apply)


def _is_authority_limited(request: ControllerRequest) -> bool:
    """Return whether the authority that browsers trust may not certify the pages' name."""
    layout = request.layout
    if not request.uses_own_certificate:
        return False
    with rights_of(layout.user):
        if not has_authority(layout.keys):
            return False
        return not WebAuthority.load(layout.keys).covers(request.names[0])


def _forget_authority(layout: Layout) -> None:
    """Remove the authority for a new one, since its name limits can't be changed."""
    with write_rights_of(layout.user, layout.keys):
        for name in ("web-ca.key", "web-ca.crt", "web.key", "web.crt"):
            (layout.keys / name).unlink(missing_ok=True)


def _debians_broker_steps(layout: Layout) -> Iterator[Step]:
    """Free the port of Debian's own broker now, instead of at its next start
    (packaging/mosquitto.conf).

    A broker that somebody has configured keeps running.
    """
    is_theirs = any((layout.root / "etc/mosquitto/conf.d").glob("*.conf"))
    if not layout.has_systemd or is_theirs or not layout.packaged(_UNLESS_OURS):
        return

    def runs() -> bool:
        return is_active("mosquitto.service")

    def apply() -> bool:
        ran = runs()
        systemctl("try-restart", "mosquitto.service")
        return ran

    yield FunctionStep("port 1883, which Debian's own broker had, is free", runs, apply)


def _front_steps(request: ControllerRequest, manifest: Manifest) -> Iterator[Step]:
    layout = request.layout
    site = layout.nginx / "conf.d" / NAME
    front = front_of(request)
    yield WriteFile(site, front.site(), manifest)
    if not layout.is_system:
        folder = layout.state / "front"
        yield Folder(folder, None)
        yield WriteFile(layout.nginx / "nginx.conf", standalone_config(site, folder), manifest)
    if layout.has_systemd:
        verb = "reload-or-restart"
        yield FunctionStep("reload of nginx", lambda: True, lambda: _reload_nginx(verb))


def front_of(request: ControllerRequest) -> Front:
    """Return the configuration of nginx, with the certificates that browsers get now."""
    layout = request.layout
    certificate, key = _browser_certificate(request)
    return Front(
        bind=request.bind,
        names=request.names,
        https=request.https,
        http=request.http,
        agents=request.agents_port,
        certificate=certificate,
        key=key,
        challenges=(CHALLENGES, folder_of(layout)),
        agents_certificate=layout.front / AGENTS,
        agents_key=layout.front / AGENTS,
    )


def _browser_certificate(request: ControllerRequest) -> tuple[Path, Path]:
    """Return the certificate and key for browsers; the place's own until certbot has got one."""
    layout = request.layout
    if request.acme and files_of(layout, request.acme)[0].exists():
        return files_of(layout, request.acme)
    own = layout.front / BROWSERS
    return request.certificate or own, request.key or own


def _reload_nginx(how: str) -> bool:
    _try_nginx("nginx rejects the configuration")
    systemctl(how, "nginx.service")
    return True


def _try_nginx(problem: str) -> None:
    nginx = program("nginx") or "nginx"
    result = subprocess.run([nginx, "-t"], capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise SettingsError(f"{problem}: {' '.join(result.stderr.split())[:400]}")


def _announcement_step(request: ControllerRequest, manifest: Manifest) -> Step:
    layout = request.layout
    file = layout.root / AVAHI

    def step() -> WriteFile:
        from controller.capabilities.agents.pki import Authority

        settings = installed_settings(layout)
        url = settings.web.for_agents if settings else request.agents_url
        keys = Path(settings.site.keys) if settings else layout.keys
        port = urlsplit(url).port or 443
        with rights_of(layout.user):
            fingerprint = Authority.load(keys).fingerprint16
        return WriteFile(file, avahi_file(url, port, fingerprint), manifest)

    def is_needed() -> bool:
        return not (layout.keys / "ca.key").exists() or step().is_needed()

    return FunctionStep(str(file), is_needed, lambda: step().apply())

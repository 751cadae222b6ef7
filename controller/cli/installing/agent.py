"""The steps that make a computer an agent. They need nothing of the controller."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import wrap

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificate

from controller.cli.installing import card, programs, simulated_hardware
from controller.cli.installing.config_text import agent_config
from controller.cli.installing.layout import Layout
from controller.cli.installing.manifest import Manifest
from controller.cli.installing.rights import installed_settings, rights_of, write_rights_of
from controller.cli.installing.steps import Folder, FunctionStep, ServiceFolder, Step, WriteFile
from controller.cli.installing.units import loquet, unit_steps, venv_program
from controller.cli.installing.user import hardware_steps, user_steps
from controller.safe_files import UnsafeFile, read_plain
from controller.settings import AccessPointSettings, SettingsError
from devices.agent.enrolment.identity import Enrolment, Identity, IdentityFiles
from devices.agent.enrolment.wiring_file import append, points_of

UNIT = "loquet-agent.service"
_CHOSEN = "# As `loquet setup agent` was told."


@dataclass(frozen=True, kw_only=True)
class AgentRequest:
    """The options of `loquet setup agent`."""

    layout: Layout
    url: str
    code: str
    """The claim code; empty if this computer is enrolled already."""
    points: tuple[AccessPointSettings, ...] = ()
    """Wiring chosen by options; empty: the wiring that the controller proposes."""
    is_simulated: bool = False
    is_read_only: bool = False
    """Whether its card becomes read-only, except for the agent's data."""


@dataclass
class AgentOutcome:
    """The result of the set-up."""

    agent: str = ""
    points: list[str] = field(default_factory=list)
    is_reenrolled: bool = False
    """Whether a claim code was used although this computer was enrolled already."""
    fingerprint: str = ""
    """The controller's fingerprint, in groups of four as the Boxes page shows it."""


def agent_steps(request: AgentRequest, manifest: Manifest, outcome: AgentOutcome) -> Iterator[Step]:
    """Yield all steps; each one is run before the next is generated."""
    layout = request.layout
    yield Folder(layout.of_root, None, 0o755)
    yield from user_steps(layout)
    yield Folder(layout.state, layout.user, 0o750)
    yield ServiceFolder(layout.state / "var", layout.user)
    text = agent_config(layout)
    yield WriteFile(layout.config, text, manifest, layout.user, 0o640, is_kept=True)
    yield _enrol_step(request, outcome)
    if request.url and not request.code:
        yield _address_step(request)
    yield authority_step(
        layout, lambda: IdentityFiles(state_dir(layout)).web_ca, is_kept=not request.code
    )
    yield _wiring_step(request, outcome)
    yield from programs.steps(layout, manifest, lambda: state_dir(layout), request.code)
    if request.is_read_only:
        yield from card.steps(layout, manifest)
    units: Sequence[str] = (UNIT, programs.UNIT)
    if request.is_simulated:
        yield from simulated_hardware.steps(layout, manifest)
        units = (simulated_hardware.UNIT, *units)
    else:
        yield from hardware_steps(layout)
    yield from unit_steps(layout, units, manifest)


def state_dir(layout: Layout) -> Path:
    """Return the state folder of this computer's agent, which may not exist yet."""
    settings = installed_settings(layout)
    return layout.agent if settings is None else Path(settings.agent.state_dir)


def is_enrolled(layout: Layout) -> bool:
    """Return whether this computer is enrolled as an agent."""
    folder = state_dir(layout)
    with rights_of(layout.user):
        return IdentityFiles(folder).enrolment.exists()


def to_start(request: AgentRequest) -> list[str]:
    """Return the commands to start, in this order, if there is no systemd."""
    layout = request.layout
    if layout.has_systemd:
        return []
    pins = [simulated_hardware.command(layout)] if request.is_simulated else []
    return [*pins, f"{venv_program('loquet')} agent --config {layout.config}"]


def _enrol_step(request: AgentRequest, outcome: AgentOutcome) -> Step:
    layout = request.layout

    def apply() -> bool:
        outcome.is_reenrolled = is_enrolled(layout) and bool(request.code)
        changed = outcome.is_reenrolled or not is_enrolled(layout)
        if changed:
            words = ("enrol", "--url", request.url, "--code", "-", "--no-wiring")
            loquet(layout, *words, typed=f"{request.code}\n")
        outcome.agent = enrolment_of(layout).agent_id
        outcome.fingerprint = " ".join(wrap(programs.own_fingerprint(layout, state_dir(layout)), 4))
        return changed

    return FunctionStep("enrolled, with a key of its own", lambda: not is_enrolled(layout), apply)


def _address_step(request: AgentRequest) -> Step:
    """Give an enrolled agent the new address of its controller, after checking its identity."""
    layout = request.layout

    def is_needed() -> bool:
        return not is_enrolled(layout) or enrolment_of(layout).url != request.url

    def apply() -> bool:
        needed = is_needed()
        if needed:
            loquet(layout, "enrol", "--url", request.url)
        return needed

    return FunctionStep(f"its controller at {request.url}", is_needed, apply)


def _wiring_step(request: AgentRequest, outcome: AgentOutcome) -> Step:
    layout = request.layout

    def is_needed() -> bool:
        return not configured_points(layout)

    def apply() -> bool:
        changed = is_needed()
        if changed:
            _write_wiring(request)
        outcome.points = [point.id for point in configured_points(layout)]
        return changed and bool(outcome.points)

    return FunctionStep(f"wiring in {layout.config}", is_needed, apply)


def _write_wiring(request: AgentRequest) -> None:
    layout = request.layout
    enrolment = enrolment_of(layout)
    points = list(request.points) or points_of(enrolment.wiring)
    if request.is_simulated:
        points = simulated_hardware.prepare(layout, enrolment.agent_id, points)
    if points:
        with write_rights_of(layout.user, layout.config):
            append(layout.config, points, _CHOSEN)


def configured_points(layout: Layout) -> list[AccessPointSettings]:
    """Return the access points in this computer's configuration."""
    settings = installed_settings(layout)
    return [] if settings is None else list(settings.agent.access_point)


def enrolment_of(layout: Layout) -> Enrolment:
    """Return the enrolment of this computer: its agent id and its controller."""
    folder = state_dir(layout)
    with rights_of(layout.user):
        return Identity.load(folder).enrolment


# The authority of the place's pages, stored where every user and program here can read it.

_MAX_FILE_BYTES = 65536


def authority_step(layout: Layout, source: Callable[[], Path], *, is_kept: bool = False) -> Step:
    """Yield the step that copies the authority.

    `source` is its file in the services' folder. `is_kept`: an existing copy need not be renewed.
    """
    to = layout.place_ca

    def is_needed() -> bool:
        return not to.exists() or not (is_kept or _read(layout, source()) == to.read_bytes())

    def apply() -> bool:
        certificate = _read(layout, source()) if is_needed() else b""
        if certificate:
            to.write_bytes(certificate)
            to.chmod(0o644)
        return bool(certificate)

    return FunctionStep(f"{to}, which lets programs here trust the pages", is_needed, apply)


def _read(layout: Layout, file: Path) -> bytes:
    """Return the certificate in the file, and nothing else; empty if there is none.

    Raises SettingsError.
    """
    try:
        with rights_of(layout.user):
            pem = read_plain(file, _MAX_FILE_BYTES)
        return load_pem_x509_certificate(pem).public_bytes(Encoding.PEM)
    except FileNotFoundError:
        return b""
    except (UnsafeFile, OSError, ValueError) as error:
        raise SettingsError(f"{file}: {error}; loquet doctor says what to do") from error

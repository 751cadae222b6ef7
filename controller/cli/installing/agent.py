"""The steps that make a computer an agent. They need nothing of the controller."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificate

from controller.cli.installing import card, programs, simulated_hardware
from controller.cli.installing.config_text import agent_config
from controller.cli.installing.layout import Layout
from controller.cli.installing.manifest import Manifest
from controller.cli.installing.rights import installed_settings, rights_of, write_rights_of
from controller.cli.installing.steps import Folder, FunctionStep, ServiceFolder, Step, WriteFile
from controller.cli.installing.units import beside_python, loquet, unit_steps
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
    """The claim code; empty if this computer stays enrolled as it is."""
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
    is_again: bool = False
    """Whether it had been enrolled before."""


def agent_steps(wanted: AgentRequest, manifest: Manifest, told: AgentOutcome) -> Iterator[Step]:
    """Yield all steps; each one is run before the next is generated."""
    layout = wanted.layout
    yield Folder(layout.of_root, None, 0o755)
    yield from user_steps(layout)
    yield Folder(layout.state, layout.user, 0o750)
    yield ServiceFolder(layout.state / "var", layout.user)
    text = agent_config(layout)
    yield WriteFile(layout.config, text, manifest, layout.user, 0o640, is_kept=True)
    yield _enrol_step(wanted, told)
    if wanted.url and not wanted.code:
        yield _address_step(wanted)
    yield authority_step(
        layout, lambda: IdentityFiles(state_dir(layout)).web_ca, is_kept=not wanted.code
    )
    yield _wiring_step(wanted, told)
    yield from programs.steps(layout, manifest, lambda: state_dir(layout), wanted.code)
    if wanted.is_read_only:
        yield from card.steps(layout, manifest)
    units: Sequence[str] = (UNIT, programs.UNIT)
    if wanted.is_simulated:
        yield from simulated_hardware.steps(layout, manifest)
        units = (simulated_hardware.UNIT, *units)
    else:
        yield from hardware_steps(layout)
    yield from unit_steps(layout, units, manifest)


def state_dir(layout: Layout) -> Path:
    """Return the state folder of this computer's agent, which may not exist yet."""
    found = installed_settings(layout)
    return layout.agent if found is None else Path(found.agent.state_dir)


def is_enrolled(layout: Layout) -> bool:
    """Return whether this computer is enrolled as an agent."""
    folder = state_dir(layout)
    with rights_of(layout.user):
        return IdentityFiles(folder).enrolment.exists()


def to_start(wanted: AgentRequest) -> list[str]:
    """Return the commands to start, in this order, if there is no systemd."""
    layout = wanted.layout
    if layout.has_systemd:
        return []
    pins = [simulated_hardware.command(layout)] if wanted.is_simulated else []
    return [*pins, f"{beside_python('loquet')} agent --config {layout.config}"]


def _enrol_step(wanted: AgentRequest, told: AgentOutcome) -> Step:
    layout = wanted.layout

    def doing() -> bool:
        told.is_again = is_enrolled(layout) and bool(wanted.code)
        changed = told.is_again or not is_enrolled(layout)
        if changed:
            words = ("enrol", "--url", wanted.url, "--code", "-", "--no-wiring")
            loquet(layout, *words, typed=f"{wanted.code}\n")
        told.agent = enrolment_of(layout).agent_id
        return changed

    return FunctionStep("enrolled, with a key of its own", lambda: not is_enrolled(layout), doing)


def _address_step(wanted: AgentRequest) -> Step:
    """Give an enrolled agent its controller's new address, after checking that it is the same
    one."""
    layout = wanted.layout

    def lacking() -> bool:
        return not is_enrolled(layout) or enrolment_of(layout).url != wanted.url

    def doing() -> bool:
        lacked = lacking()
        if lacked:
            loquet(layout, "enrol", "--url", wanted.url)
        return lacked

    return FunctionStep(f"its controller at {wanted.url}", lacking, doing)


def _wiring_step(wanted: AgentRequest, told: AgentOutcome) -> Step:
    layout = wanted.layout

    def lacking() -> bool:
        return not points_there(layout)

    def doing() -> bool:
        changed = lacking()
        if changed:
            _wire(wanted)
        told.points = [point.id for point in points_there(layout)]
        return changed and bool(told.points)

    return FunctionStep(f"wiring in {layout.config}", lacking, doing)


def _wire(wanted: AgentRequest) -> None:
    layout = wanted.layout
    enrolment = enrolment_of(layout)
    points = list(wanted.points) or points_of(enrolment.wiring)
    if wanted.is_simulated:
        points = simulated_hardware.prepare(layout, enrolment.agent_id, points)
    if points:
        with write_rights_of(layout.user, layout.config):
            append(layout.config, points, _CHOSEN)


def points_there(layout: Layout) -> list[AccessPointSettings]:
    """Return the access points in this computer's configuration."""
    found = installed_settings(layout)
    return [] if found is None else list(found.agent.access_point)


def enrolment_of(layout: Layout) -> Enrolment:
    """Return the enrolment of this computer: its agent id and its controller."""
    folder = state_dir(layout)
    with rights_of(layout.user):
        return Identity.load(folder).enrolment


# The authority of the place's pages, stored where every user and program here can read it.

_LARGEST = 65536


def authority_step(layout: Layout, source: Callable[[], Path], *, is_kept: bool = False) -> Step:
    """Yield the step that copies the authority.

    `source` is its file in the services' folder. `is_kept`: an existing copy need not be renewed.
    """
    to = layout.place_ca

    def lacking() -> bool:
        return not to.exists() or not (is_kept or _read(layout, source()) == to.read_bytes())

    def doing() -> bool:
        found = _read(layout, source()) if lacking() else b""
        if found:
            to.write_bytes(found)
            to.chmod(0o644)
        return bool(found)

    return FunctionStep(f"{to}, by which programs here know the pages", lacking, doing)


def _read(layout: Layout, file: Path) -> bytes:
    """Return the certificate in the file, and nothing else; empty if there is none.

    Raises SettingsError.
    """
    try:
        with rights_of(layout.user):
            pem = read_plain(file, _LARGEST)
        return load_pem_x509_certificate(pem).public_bytes(Encoding.PEM)
    except FileNotFoundError:
        return b""
    except (UnsafeFile, OSError, ValueError) as error:
        raise SettingsError(f"{file}: {error}; loquet doctor says what to do") from error

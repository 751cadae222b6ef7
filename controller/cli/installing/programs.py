"""Install the folder for programs from the controller, and pin who may sign them."""

from collections.abc import Callable, Iterator
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate, load_pem_x509_certificate

from controller.cli.installing.layout import Layout
from controller.cli.installing.manifest import Manifest
from controller.cli.installing.rights import rights_of
from controller.cli.installing.steps import Folder, FunctionStep, Step
from controller.cli.installing.units import write_units
from controller.safe_files import UnsafeFile, read_plain
from controller.settings import SettingsError
from devices.agent.enrolment.controller_api import fingerprint
from devices.agent.enrolment.identity import IdentityFiles
from devices.agent.program.program_store import MAX_NOTE_BYTES

UNIT, UNPACK_SERVICE = "loquet-agent-program.path", "loquet-agent-program.service"
"""The unit that starts the unpacking of a new program, and the service that unpacks it."""


def steps(
    layout: Layout, manifest: Manifest, state_dir: Callable[[], Path], code: str
) -> Iterator[Step]:
    """Yield the steps; everything belongs to root, so that the agent can write none of it.

    `code`: the claim code of an enrolment in this run; else empty.
    """
    yield Folder(_folder(layout), None, 0o755)
    yield _pin_step(layout, state_dir, code)
    yield from write_units(layout, (UNPACK_SERVICE,), manifest)


def _folder(layout: Layout) -> Path:
    return layout.root / "usr/local/lib/loquet/programs"


def _pin_step(layout: Layout, state_dir: Callable[[], Path], code: str) -> Step:
    """Return the step that pins the authority with which the agent was enrolled.

    The agent can write its own copy of the authority. So a different one is pinned only with the
    typed claim code, which ends with the authority's fingerprint.
    """
    file = _folder(layout) / "authority.pem"

    def is_needed() -> bool:
        current = _authority(layout, state_dir())
        return not file.exists() or current not in (
            None,
            load_pem_x509_certificate(file.read_bytes()),
        )

    def apply() -> bool:
        needed = is_needed()
        if needed:
            authority = _require_pinnable(_authority(layout, state_dir()), code, file)
            file.write_bytes(authority.public_bytes(Encoding.PEM))
            file.chmod(0o644)
        return needed

    return FunctionStep(
        f"{file}, which lets this controller's programs be installed", is_needed, apply
    )


def _authority(layout: Layout, folder: Path) -> Certificate | None:
    """Return the authority in the agent's state folder; None: it has none. Raises SettingsError."""
    try:
        with rights_of(layout.user):
            return load_pem_x509_certificate(read_plain(IdentityFiles(folder).ca, MAX_NOTE_BYTES))
    except FileNotFoundError:
        return None
    except (UnsafeFile, OSError, ValueError) as error:
        raise SettingsError(
            f"the agent's authority: {error}; enrol it again: docs/enrol.md"
        ) from error


def own_fingerprint(layout: Layout, folder: Path) -> str:
    """Return the fingerprint of the authority in the agent's state folder; empty if there is none.

    Raises SettingsError.
    """
    authority = _authority(layout, folder)
    return "" if authority is None else fingerprint(authority)


def _require_pinnable(authority: Certificate | None, code: str, pinned: Path) -> Certificate:
    """Return the authority if it may be pinned. Raises SettingsError."""
    authority_fingerprint = "" if authority is None else fingerprint(authority)
    if authority is None or not authority_fingerprint:
        raise SettingsError("the agent has no authority in ca.crt; enrol it again: docs/enrol.md")
    if code and not code.lower().endswith(authority_fingerprint):
        raise SettingsError("the agent's ca.crt is not the authority that the claim code names")
    if not code and pinned.exists():
        raise SettingsError(
            f"the agent's authority is no longer the one in {pinned}. If you enrolled it with"
            " another controller, delete that file and run this again; if not, somebody has"
            " exchanged it"
        )
    return authority

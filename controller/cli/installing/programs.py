"""Where an agent's programs are unpacked that its controller sends, and who may sign them."""

from collections.abc import Callable, Iterator
from pathlib import Path

from controller.cli.installing.layout import Layout
from controller.cli.installing.manifest import Manifest
from controller.cli.installing.steps import Folder, Step, Work
from controller.cli.installing.units import written
from devices.agent.enrolment.identity import Files

UNIT, UNPACKS = "loquet-agent-program.path", "loquet-agent-program.service"


def steps(layout: Layout, manifest: Manifest, state_dir: Callable[[], Path]) -> Iterator[Step]:
    """Root's, so that the agent can write neither."""
    yield Folder(_folder(layout), None, 0o755)
    yield _pinned(layout, state_dir)
    yield from written(layout, (UNPACKS,), manifest)


def _folder(layout: Layout) -> Path:
    return layout.root / "usr/local/lib/loquet/programs"


def _pinned(layout: Layout, state_dir: Callable[[], Path]) -> Step:
    """The authority that the agent was enrolled with; of another one after it was enrolled anew."""
    file = _folder(layout) / "authority.pem"

    def lacking() -> bool:
        ca = Files(state_dir()).ca
        return not file.exists() or (ca.exists() and ca.read_bytes() != file.read_bytes())

    def doing() -> bool:
        lacked = lacking()
        if lacked:
            file.write_bytes(Files(state_dir()).ca.read_bytes())
        return lacked

    return Work("programs signed by this controller's authority may come", lacking, doing)

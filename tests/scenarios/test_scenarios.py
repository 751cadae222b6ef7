"""Every scenario file: the design's rules of machine sessions and doors, played."""

from pathlib import Path

import pytest

from tests.scenarios.player import SimulatedPlayer
from tests.scenarios.script import FOLDER, load

FILES = sorted(FOLDER.glob("*.toml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_scenario(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In simulated time: an hour takes a fraction of a second."""
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path))
    problems = list(SimulatedPlayer(load(path), tmp_path / "state").play())
    assert not problems, "\n".join(problems)


def test_there_are_enough() -> None:
    assert len(FILES) >= 60

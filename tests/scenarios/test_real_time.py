"""The scenarios that matter most, in real time against an agent in a process of its own."""

from pathlib import Path

import pytest

from tests.scenarios.real_player import RealPlayer
from tests.scenarios.script import FOLDER, load

SCENARIOS = [scenario for path in sorted(FOLDER.glob("*.toml")) if (scenario := load(path)).real]

pytestmark = pytest.mark.needs("mosquitto")


@pytest.mark.parametrize("path", [one.path for one in SCENARIOS], ids=lambda path: path.stem)
def test_scenario(path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    player = RealPlayer(load(path), tmp_path_factory.mktemp("s"))
    try:
        problems = list(player.play())
    finally:
        player.end()
    assert not problems, "\n".join(problems)


def test_there_are_enough() -> None:
    assert len(SCENARIOS) >= 10

"""Long commands show their progress in a terminal, and nowhere else."""

from pathlib import Path

import pytest

from controller.cli import main
from controller.cli.init import initialise
from controller.settings.reading import load
from tests.cli.init import CONFIG
from tests.support.terminal import a_terminal


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Return the configuration of a new place, next to a file of members."""
    file = tmp_path / "config.toml"
    file.write_text(CONFIG)
    initialise(load(file, {}))
    (tmp_path / "members.csv").write_text("display_name\nZoé\n", encoding="utf-8")
    return file


def test_a_terminal_shows_the_progress_on_one_line(config: Path) -> None:
    at = ["--config", str(config)]
    with a_terminal() as shown:
        assert main(["member", "import", str(config.with_name("members.csv")), *at]) == 0
        assert shown() == ["", "lines read: 2", "lines stored: 1", ""]
        assert main(["db", "rebuild", *at]) == 0
        assert shown() == ["", "events: 0 of 0", ""]


def test_elsewhere_nothing_is_shown(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    at = ["--config", str(config)]
    assert main(["member", "import", str(config.with_name("members.csv")), *at]) == 0
    assert main(["db", "rebuild", *at]) == 0
    assert capsys.readouterr().err == ""

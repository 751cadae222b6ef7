"""A scenario file that is wrong is one line: which file, which step, what is allowed."""

from pathlib import Path

import pytest

from tests.scenarios.phrases import DO, EXPECT, plain
from tests.scenarios.player import SimulatedPlayer
from tests.scenarios.script import FOLDER, BadScenario, load

GOOD = FOLDER / "grant.toml"
DOCS = FOLDER.parents[1] / "docs" / "scenarios.md"


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("amina taps laser", "amina kisses laser", "'amina kisses laser' is not understood"),
        ("amina taps laser", "bob taps laser", "no person 'bob'; known: amina, stranger"),
        ("amina taps laser", "amina taps lazer", "no access point 'lazer'; known: laser"),
        ('"laser has power"', '"laser glows"', "'laser glows' is not understood"),
        ("at = 2", "at = -1", ">= 0"),
        ("at = 0", "at = 3", "step 2 (at 2 s): lies before the step above it"),
        ("title =", "titel =", "unknown field `titel`"),
        ('kind = "machine"', 'kind = "oven"', "Invalid enum value 'oven'"),
        ("{ requirement", "{ sesion = {}, requirement", "unknown key 'sesion'; allowed: id, kind"),
        ("[people.amina]", "[people.amina", "at line"),
        (
            "facts = {",
            "facts = { session = { idle_timout_s = 4 }, ",
            "points.laser.facts.session: unknown key 'idle_timout_s'; allowed: presence",
        ),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    before: str, after: str, said: str, tmp_path: Path
) -> None:
    text = GOOD.read_text(encoding="utf-8")
    assert before in text
    bad = tmp_path / "bad.toml"
    bad.write_text(text.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(BadScenario) as error:
        load(bad)
    (line,) = str(error.value).splitlines()
    assert line.startswith("bad.toml: ")
    assert said in line


def test_a_missing_file_is_said_too(tmp_path: Path) -> None:
    with pytest.raises(BadScenario, match=r"none\.toml: .*No such file"):
        load(tmp_path / "none.toml")


def test_what_does_not_hold_is_told_with_what_happened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path))
    text = GOOD.read_text(encoding="utf-8")
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(text.replace("idle_s=2 ", "idle_s=7 "), encoding="utf-8")
    (problem,) = SimulatedPlayer(load(wrong), tmp_path / "state").play()
    assert problem.startswith("wrong.toml: step 2 (at 2 s): expected 'session_ended ")
    assert "session_ended cause=badge_out member=amina" in problem


@pytest.mark.parametrize("pattern", [pattern for _, pattern in (*DO, *EXPECT)])
def test_each_phrase_is_in_the_documentation(pattern: str) -> None:
    assert f"`{plain(pattern)}`" in DOCS.read_text(encoding="utf-8")

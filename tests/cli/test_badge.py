"""`loquet badge keys`: masters are made and listed, and no key is shown."""

import io
import json
from pathlib import Path

import pytest

from controller.capabilities.badges.card_masters import check_value
from controller.cli import main
from tests.cli.init import CONFIG

ONE, OTHER = b"part of one.....", b"part of another."


def test_a_ceremony_shows_check_values_and_no_key(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config.toml"
    config.write_text(CONFIG)
    assert main(["init", "--config", str(config)]) == 0
    capsys.readouterr()
    assert main(["badge", "keys", "new", "--config", str(config), "--json"]) == 0
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{ONE.hex()}\n{OTHER.hex()}\n\n"))
    assert main(["badge", "keys", "new", "--parts", "--config", str(config), "--json"]) == 0
    assert main(["badge", "keys", "list", "--config", str(config), "--json"]) == 0
    told = capsys.readouterr()
    whole = bytes(a ^ b for a, b in zip(ONE, OTHER, strict=True))
    listed = json.loads(told.out[told.out.index("[") :])
    assert [item["version"] for item in listed] == [1, 2]
    assert [item["cards"] for item in listed] == [0, 0]
    assert listed[1]["check_value"] == check_value(whole)
    assert check_value(ONE) in told.err
    assert check_value(OTHER) in told.err
    for hidden in (ONE, OTHER, whole):
        assert hidden.hex() not in (told.out + told.err).lower()
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{ONE.hex()}\n\n"))
    assert main(["badge", "keys", "new", "--parts", "--config", str(config)]) == 1
    assert "at least two" in capsys.readouterr().err

"""What a place that comes back on another computer has of its old one: the whole is in
tests/proofs/test_from_backup.py."""

import tomllib
from pathlib import Path

import pytest

from controller.cli.installing import from_backup
from controller.cli.installing.config_text import ControllerRequest
from controller.cli.installing.layout import Layout
from controller.settings import SettingsError

OLD = "https://old.example:8443"


def test_files_lie_where_the_services_can_write_whatever_the_old_computer_had(
    tmp_path: Path,
) -> None:
    layout = Layout(tmp_path)
    old = (
        '[site]\nkeys = "/srv/old/keys"\n[database]\nurl = "sqlite:////srv/old/loquet.db"\n'
        '[mqtt]\nbroker_dir = "var/broker"\n'
    )
    now = tomllib.loads(from_backup.with_paths(old, layout))
    assert now["site"]["keys"] == str(layout.keys)
    assert now["database"]["url"] == f"sqlite:///{layout.state}/var/loquet.db"
    assert now["mqtt"]["broker_dir"] == "var/broker", "as it is below the services' folder"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("old.example", "Its address stays https://old.example:8443: point it to this computer"),
        ("new.example", "    loquet setup agent --url https://new.example:8885"),
    ],
)
def test_who_runs_the_place_reads_how_its_boxes_follow(
    tmp_path: Path, name: str, said: str
) -> None:
    restored = from_backup.RestoreOutcome(made_at="yesterday", url=OLD)
    request = ControllerRequest(
        layout=Layout(tmp_path),
        site="here",
        place="Here",
        language="fr",
        time_zone="Europe/Paris",
        names=(name,),
        https=8443,
        http=80,
        agents_port=8885,
        bind="127.0.0.1:8000",
        mqtt_port=8883,
    )
    lines = list(from_backup.report_lines(restored, request))
    assert any(line.startswith(said) for line in lines), lines


def test_a_place_that_is_there_is_left_alone(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.keys.mkdir(parents=True)
    (layout.keys / "ca.key").touch()
    with pytest.raises(SettingsError, match="this computer already has a place"):
        from_backup.require_nothing_there(layout)

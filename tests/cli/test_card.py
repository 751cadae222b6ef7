"""A card that survives power cuts: what stands in fstab, and in files of others, and goes again."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.cli import main
from controller.cli.installing import card, marked_lines
from controller.cli.installing.fstab import KEPT, read_only_fstab, volatile_folders
from controller.cli.installing.layout import Layout
from controller.settings import SettingsError

OF_A_PI = """\
proc            /proc           proc    defaults          0       0
PARTUUID=4a5b6c7d-01  /boot/firmware  vfat    defaults          0       2
PARTUUID=4a5b6c7d-02  /               ext4    defaults,noatime  0       1
# a swapfile is not a swap partition, no line here
"""
STATE, CONFIG = "/var/lib/loquet", "/etc/loquet"
GENERATOR = "/usr/lib/systemd/system-generators/systemd-fstab-generator"
FOLDERS = ["/tmp", "/var/log"]
LINES = st.text("# /ab\n", max_size=60)


def entries(fstab: str) -> dict[str, list[str]]:
    """By where they are mounted, as mount(8) reads them."""
    lines = [line.split() for line in fstab.splitlines() if line and not line.startswith("#")]
    return {fields[1]: fields for fields in lines}


def test_the_root_is_read_only_and_what_an_agent_keeps_is_not() -> None:
    found = entries(read_only_fstab(OF_A_PI, [STATE, CONFIG], FOLDERS))
    assert found["/"][3] == "defaults,noatime,ro"
    assert found["/boot/firmware"][3] == "defaults,ro"
    assert found["/proc"][3] == "defaults"
    data = found[str(KEPT.parent)]
    assert data[0] == "LABEL=loquet-data"
    assert "ro" not in data[3].split(",")
    assert data[5] == "2", "looked through at each start"
    for name in (STATE, CONFIG):
        assert found[name][0] == f"{KEPT}{name}"
        assert found[name][3] == "bind,nofail", "a broken partition keeps nobody out of the Pi"
    assert {name for name, fields in found.items() if fields[0] == "tmpfs"} == set(FOLDERS)


@pytest.mark.needs("systemd-analyze")
def test_systemd_takes_every_line_of_it(tmp_path: Path) -> None:
    """By the program that it reads fstab with at each start."""
    fstab, made = tmp_path / "fstab", tmp_path / "made"
    fstab.write_text(read_only_fstab(OF_A_PI, [STATE, CONFIG], [*volatile_folders()]))
    made.mkdir()
    done = subprocess.run(
        [GENERATOR, *[str(made)] * 3], env={"SYSTEMD_FSTAB": str(fstab)}, capture_output=True
    )
    assert done.returncode == 0, done.stderr
    units = sorted(made.glob("*.mount"))
    assert len(units) == len(entries(fstab.read_text())) - 1, "/proc is systemd's own"
    assert "Options=bind,nofail" in (made / "var-lib-loquet.mount").read_text()
    words = ["systemd-analyze", "verify", "--man=no", *map(str, units)]
    verified = subprocess.run(words, capture_output=True, text=True)
    assert (verified.returncode, verified.stderr) == (0, "")


def test_twice_is_as_once_and_taken_back_it_is_as_before() -> None:
    once = read_only_fstab(OF_A_PI, [STATE], FOLDERS)
    assert read_only_fstab(once, [STATE], FOLDERS) == once
    since = once + "LABEL=stick /mnt/stick ext4 defaults 0 2\n"
    assert (
        marked_lines.remove_lines(since) == OF_A_PI + "LABEL=stick /mnt/stick ext4 defaults 0 2\n"
    )


@given(text=LINES.map(lambda text: text if text.endswith("\n") else f"{text}\n"))
def test_a_file_of_others_comes_back_to_the_letter(text: str) -> None:
    ours = marked_lines.add_lines(text, ["ours"], lambda line: line.replace("a", "b"))
    assert marked_lines.remove_lines(ours) == text
    assert marked_lines.add_lines(ours, ["ours"], lambda line: line.replace("a", "b")) == ours


def test_a_folder_that_is_mounted_already_is_left_to_whoever_did_it() -> None:
    in_memory = OF_A_PI + "tmpfs /tmp tmpfs size=10M 0 0\n"
    assert entries(read_only_fstab(in_memory, [STATE], FOLDERS))["/tmp"][3] == "size=10M"
    with pytest.raises(SettingsError, match="mounts /var/lib/loquet already"):
        read_only_fstab(OF_A_PI + f"LABEL=own {STATE} ext4 defaults 0 2\n", [STATE], FOLDERS)


def test_without_a_line_for_the_root_nothing_is_done() -> None:
    with pytest.raises(SettingsError, match="no line for /"):
        read_only_fstab("# made by a container\n", [STATE], FOLDERS)


def test_a_controllers_card_is_refused(tmp_path: Path) -> None:
    """Its database is written all day."""
    keys = tmp_path / "var/lib/loquet/var/keys"
    keys.mkdir(parents=True)
    (keys / "ca.key").touch()
    with pytest.raises(SettingsError, match="a controller too"):
        card.require(Layout(tmp_path))


def test_another_computers_card_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Mounts can't be made for it."""
    assert main(["setup", "agent", "--read-only", "--root", str(tmp_path / "other")]) == 1
    error = capsys.readouterr().err
    assert "--read-only changes the computer that it runs on" in error
    assert error.count("\n") == 1
    assert not (tmp_path / "other").exists()

"""The folder for backups becomes the service user's, and nothing else does (security-review.md)."""

import os
from pathlib import Path

import pytest

from controller.cli.installing import repository
from controller.cli.installing.layout import Layout
from controller.settings import SettingsError
from tests.cli.planted import SERVICE, computer

__all__ = ["computer"]


class Here(Layout):
    """A folder that stands for a computer, with a user of the services."""

    user = SERVICE


def given(root: Path, folder: Path, *, is_there: bool = False) -> bool:
    (step,) = repository.repository_steps(Here(root), str(folder), is_there=is_there)
    return step.apply()


def test_it_is_made_for_the_services_once(computer: Path) -> None:
    folder = computer / "backups"
    assert given(computer, folder)
    assert (folder.owner(), folder.stat().st_mode & 0o777) == (SERVICE, 0o700)
    assert not given(computer, folder)
    assert not list(repository.repository_steps(Here(computer), "s3:https://nas.example/loquet"))


def test_another_computers_repository_is_handed_over_without_what_is_led_to(computer: Path) -> None:
    """A link, a pipe and a file with a second name stay whose they are."""
    folder, secret = computer / "backups", computer / "secret"
    (folder / "data/00").mkdir(parents=True)
    folder.chmod(0o700)
    (folder / "config").write_text("of restic")
    (folder / "data/00/pack").write_text("of restic")
    os.link(secret, folder / "data/00/second")
    os.mkfifo(folder / "data/00/pipe")
    assert given(computer, folder, is_there=True)
    for path in (folder, folder / "config", folder / "data/00", folder / "data/00/pack"):
        assert path.owner() == SERVICE
    assert secret.owner() == (folder / "data/00/pipe").owner() == "root"
    (folder / "data/00/link").symlink_to(secret)
    folder.chmod(0o000)
    with pytest.raises(SettingsError, match="link"):
        given(computer, folder)
    assert secret.owner() == "root"


def test_a_folder_with_other_files_and_a_planted_link_are_refused(computer: Path) -> None:
    others = computer / "others"
    others.mkdir(mode=0o700)
    (others / "letter").touch()
    with pytest.raises(SettingsError, match="has other files in it"):
        given(computer, others)
    planted = computer / "var/lib/loquet/planted"
    planted.symlink_to(others)
    with pytest.raises(SettingsError, match="is a link"):
        given(computer, planted / "loquet")
    assert others.owner() == "root"
    with pytest.raises(SettingsError, match="mount the disk"):
        given(computer, computer / "away/loquet")
    with pytest.raises(SettingsError, match="mount the disk with the backups"):
        given(computer, computer / "away", is_there=True)

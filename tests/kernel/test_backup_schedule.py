"""When a backup is due, by the hour and the day that were chosen for it."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from controller.domain.time import Utc
from controller.kernel.backup_outcomes import (
    Busy,
    Outcome,
    backup_lock,
    is_busy,
    is_due,
    last_scheduled,
    outcomes,
    store_outcome,
)
from controller.settings import BackupSettings, Settings, SiteSettings
from controller.settings.reading import load

PARIS = ZoneInfo("Europe/Paris")
DAILY, SUNDAYS = BackupSettings(hour=3), BackupSettings(hour=3, weekday=7)
NOW = Utc.parse("2026-11-30T12:00:00.000Z")
"""A Monday."""


@pytest.mark.parametrize(
    ("wanted", "now", "since"),
    [
        (DAILY, "2026-11-30T12:00:00.000Z", "2026-11-30T02:00:00.000Z"),
        (DAILY, "2026-11-30T01:59:00.000Z", "2026-11-29T02:00:00.000Z"),
        (SUNDAYS, "2026-11-30T12:00:00.000Z", "2026-11-29T02:00:00.000Z"),
        (SUNDAYS, "2026-11-29T01:00:00.000Z", "2026-11-22T02:00:00.000Z"),
        (SUNDAYS, "2026-11-29T02:00:00.000Z", "2026-11-29T02:00:00.000Z"),
    ],
)
def test_the_last_moment_at_which_one_was_to_be_made(
    wanted: BackupSettings, now: str, since: str
) -> None:
    assert last_scheduled(wanted, PARIS, Utc.parse(now)) == Utc.parse(since)


def test_it_is_due_until_it_was_made() -> None:
    """A failure is tried again at the next look; the first is not waited for until the night."""
    assert is_due(DAILY, PARIS, None, NOW)
    assert is_due(DAILY, PARIS, Outcome(at="2026-11-30T02:20:00.000Z", cause="full"), NOW)
    assert is_due(DAILY, PARIS, Outcome(at="2026-11-29T02:20:00.000Z"), NOW)
    assert not is_due(DAILY, PARIS, Outcome(at="2026-11-30T02:20:00.000Z"), NOW)


def test_how_each_ended_is_kept_and_one_is_done_at_a_time(tmp_path: Path) -> None:
    settings = Settings(site=SiteSettings(keys=str(tmp_path / "var/keys")))
    assert outcomes(settings) == {}
    with backup_lock(settings):
        store_outcome(settings, "now", Outcome(at=NOW.text(), id="1234"))
        assert is_busy(settings)
        with pytest.raises(Busy), backup_lock(settings):
            pass
    assert not is_busy(settings)
    store_outcome(settings, "verify", Outcome(at=NOW.text(), cause="damaged"))
    found = outcomes(settings)
    assert (found["now"].id, found["verify"].is_well) == ("1234", False)


def test_the_examples_paths_lie_where_the_services_can_write(tmp_path: Path) -> None:
    """Pasted into the installed file; elsewhere beside the file, as ever."""
    for folder, base in (("etc/loquet", "var/lib/loquet"), ("srv/place", "srv/place")):
        file = tmp_path / folder / "config.toml"
        file.parent.mkdir(parents=True)
        file.write_text(
            '[backup]\nrepository = "/mnt/nas/loquet"\npassword_file = "var/keys/backup.password"\n'
        )
        settings = load(file, {})
        assert settings.backup.password_file == str(tmp_path / base / "var/keys/backup.password")
        assert settings.database.url == f"sqlite:///{tmp_path / base}/var/loquet.db"

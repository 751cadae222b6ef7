"""Whoever wants backups hears that none is made."""

from controller.capabilities.alarms import alarms
from controller.capabilities.alarms.controller_alarms import set_backup_alarm
from controller.kernel import backups
from controller.settings import BackupSettings
from tests.capabilities.conftest import BOSS, Place

WANTED = BackupSettings(repository="/mnt/nas", password_file="/etc/backup", late_hours=30)


def test_no_backup_for_too_long_is_an_alarm_until_there_is_one(place: Place) -> None:
    def found(settings: BackupSettings) -> list[bool]:
        with place.database.write() as db:
            set_backup_alarm(db, settings, place.now)
        with place.database.read() as db:
            return [alarm.active for alarm in alarms.page(db, actor=BOSS, kind="backup_late").items]

    with place.database.write() as db:
        backups.record_backup(db, BOSS, place.now)
    place.clock.forward(hours=30)
    assert found(WANTED) == []
    place.clock.forward(hours=1)
    assert found(BackupSettings()) == []
    assert found(WANTED) == [True]
    with place.database.write() as db:
        backups.record_backup(db, BOSS, place.now)
    assert found(WANTED) == [False]

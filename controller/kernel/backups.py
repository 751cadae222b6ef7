"""Where backups are stored, and the audit's record of when the last one was made."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.activity import (
    ActivityQuery,
    ActivityRow,
    ActivitySource,
    ActivityText,
    Part,
    Weight,
    say,
)
from controller.kernel.actor import Actor
from controller.kernel.models import AuditEntry
from controller.settings import BackupSettings, Settings, SettingsError

ACTION, SUBJECT = "backup_made", "database:loquet"
OLD = timedelta(days=2)
"""Age of the last backup from which a warning is shown."""

PASSWORD, ENVIRONMENT, SSH_KEY = "backup.password", "backup.env", "backup-ssh.key"
"""Files beside the keys: the repository's password, the S3 credentials, the SFTP key."""
CHOICE = "backup.json"
"""The file with the settings that were chosen on the page."""


def backup_settings(settings: Settings) -> BackupSettings:
    """The settings in config.toml, else those chosen on the page or by `loquet backup init`.

    Raises SettingsError.
    """
    file = choice_file(settings)
    if settings.backup.is_on:
        return settings.backup
    try:
        return msgspec.json.decode(file.read_bytes(), type=BackupSettings)
    except FileNotFoundError:
        return settings.backup
    except (OSError, msgspec.MsgspecError) as error:
        raise SettingsError(f"{file} cannot be read ({error}): choose the backups again") from error


def choice_file(settings: Settings) -> Path:
    """Return the file of the chosen settings; it is needed without the database (0225)."""
    return Path(settings.site.keys).with_name(CHOICE)


def choice(settings: Settings, repository: str) -> BackupSettings:
    """Return the settings for a repository, with its secrets beside the keys."""
    keys = Path(settings.site.keys)
    environment = keys / ENVIRONMENT
    return BackupSettings(
        repository=repository,
        password_file=str(keys / PASSWORD),
        environment_file=str(environment) if environment.exists() else None,
    )


def record_backup(db: Session, actor: Actor, now: Utc) -> None:
    """Record in the audit that a backup was made and verified."""
    audit.record(db, actor, now, ACTION, SUBJECT)


def last_backup_at(db: Session) -> Utc | None:
    """Return when the last backup was made; None if this database has no record of one."""
    query = select(AuditEntry.at).where(AuditEntry.subject == SUBJECT, AuditEntry.action == ACTION)
    return db.scalar(query.order_by(AuditEntry.seq.desc()).limit(1))


def is_late(db: Session, late: timedelta, now: Utc) -> bool:
    """Return whether the last backup, or the installation, is older than `late`."""
    first_entry_at = select(AuditEntry.at).order_by(AuditEntry.seq).limit(1)
    since = last_backup_at(db) or db.scalar(first_entry_at)
    return since is not None and now - since > late


def _activity_rows(db: Session, query: ActivityQuery) -> Iterator[ActivityRow]:
    at = last_backup_at(db)
    if at is None:
        title = say("No backup has been made yet: see the Backups page")
        yield _row("never", query.now, Weight.TODO, title)
    elif query.now - at > OLD:
        title = say("No backup since %(at)s", at=at)
        yield _row(at.text(), at, Weight.TODO, title)
    else:
        yield _row(at.text(), at, Weight.FINE, say("Last backup: %(at)s", at=at))


def _row(key: str, at: Utc, weight: Weight, title: ActivityText) -> ActivityRow:
    return ActivityRow(
        part=Part.MAINTENANCE, names=("backup", key), at=at, title=title, weight=weight
    )


RECENT = ActivitySource(read_rows=_activity_rows)

"""Where backups go, as `loquet backup init WHERE` or the page says it."""

import re
from pathlib import Path

import msgspec

from controller.capabilities.agents.pki import write_private
from controller.cli.work import Failed
from controller.kernel import backups
from controller.settings import Settings

_SERVER = re.compile(
    r"sftp:[A-Za-z0-9_][\w.-]*@[A-Za-z0-9][\w.-]*:[^\s]+|(s3:|rest:)https?://[^\s]+"
)


def choose(settings: Settings, where: str) -> None:
    """Note it, unless config.toml names another place. Raises Failed, SettingsError."""
    if settings.backup.is_on:
        if settings.backup.repository != where:
            raise Failed(
                f"{settings.source} says that backups go to {settings.backup.repository}: change"
                " [backup] there, or remove it"
            )
        return
    _refuse_odd(settings, where)
    before = backups.wanted(settings)
    made = backups.choice(settings, where)
    kept = msgspec.structs.replace(made, hour=before.hour, weekday=before.weekday)
    write_private(backups.choice_file(settings), msgspec.json.encode(kept))


def _refuse_odd(settings: Settings, where: str) -> None:
    """What is no folder of its own, and no server of a kind that is known."""
    state = Path(settings.site.keys).parent
    if where.startswith("/"):
        folder = Path(where).resolve()
        if folder == state or state in folder.parents or folder in state.parents:
            raise Failed(f"{where} is where the place itself lies: name another disk or server")
    elif not _SERVER.fullmatch(where):
        raise Failed(
            f"{where} is neither a folder (/mnt/nas/loquet) nor a server"
            " (sftp:USER@HOST:/FOLDER, s3:https://HOST/BUCKET, rest:https://HOST/)"
        )

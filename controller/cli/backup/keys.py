"""Check that the keys of a place are those with which its database was written."""

from pathlib import Path

from controller.capabilities.badges.vault import VaultError
from controller.cli.numbers import vault_of
from controller.cli.work import CommandFailed
from controller.settings import Settings, SettingsError
from controller.store.restore import rows_of
from controller.wire.signatures import Signer


def refuse_other_keys(settings: Settings, file: Path) -> None:
    """Raise CommandFailed if the hub or the badges in a backup use other keys than those here.

    The database has the hub's public key, and badge numbers can be opened with one key only.
    """
    url, problem = settings.database.url, None
    if Path(settings.mqtt.key).exists():
        hubs = {kid for (kid,) in rows_of(file, url, "hub_key", ["kid"])}
        if hubs and Signer.load(Path(settings.mqtt.key)).kid not in hubs:
            problem = f"its hub had another key than {settings.mqtt.key}"
    if (Path(settings.site.keys) / "credential.key").exists():
        badges = [row for row in rows_of(file, url, "credential", ["id", "sealed"]) if row[1]]
        if badges and not _can_decrypt(settings, *badges[0]):
            problem = (
                f"its badge numbers are sealed with another key than that in {settings.site.keys}"
            )
    if problem:
        raise CommandFailed(
            f"{file} belongs to other keys: {problem}. Restore the keys folder of that installation"
            " first; if it is lost, --other-keys: agents must be enrolled and badges read again"
        )


def _can_decrypt(settings: Settings, row: str, sealed: str | bytes) -> bool:
    # PostgreSQL writes bytes as \x and hexadecimal digits
    data = sealed if isinstance(sealed, bytes) else bytes.fromhex(sealed.lstrip("\\").lstrip("x"))
    try:
        vault_of(settings).open(data, row)
    except (SettingsError, VaultError):
        return False
    return True

"""The numbers of badges of this installation: who opens them, and sealing them anew (0194)."""

from pathlib import Path

from sqlalchemy import Connection

from controller.capabilities.agents.installation import (
    credential_key,
    has_own_key,
    make_own_key,
    own_key,
)
from controller.capabilities.badges.sealing_anew import seal_anew
from controller.capabilities.badges.vault import Vault
from controller.settings import Settings


def vault_of(settings: Settings) -> Vault:
    """With this installation's keys. Raises SettingsError."""
    return Vault(credential_key(settings), own_key(settings))


def vault_of_backup(settings: Settings) -> Vault:
    """The same, also for what is from before our own key, where that is not made yet."""
    theirs = credential_key(settings)
    return Vault(theirs, own_key(settings) if has_own_key(settings) else theirs)


def seal_as_now(settings: Settings, connection: Connection) -> int:
    """Seal anew what the agents' key had sealed, also where our own key is not made yet.

    Returns how many there were; nothing is done where the place's keys are not on this computer.
    Raises SettingsError.
    """
    if not (Path(settings.site.keys) / "credential.key").exists():
        return 0
    make_own_key(settings)
    return seal_anew(connection, vault_of(settings))

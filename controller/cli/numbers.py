"""The numbers of badges of this installation: who opens them, and sealing them anew (0194)."""

import os
from pathlib import Path

from sqlalchemy import Connection

from controller.capabilities.agents.installation import (
    credential_key,
    has_own_key,
    make_own_key,
    own_key,
)
from controller.capabilities.badges.sealing_anew import is_sealed_elsewhere, seal_anew
from controller.capabilities.badges.vault import Vault
from controller.settings import Settings, SettingsError


def vault_of(settings: Settings) -> Vault:
    """With this installation's keys. Raises SettingsError."""
    return Vault(credential_key(settings), own_key(settings))


def vault_here(settings: Settings) -> Vault | None:
    """The same, where both keys are on this computer and may be read: a hub's has one alone."""
    folder = Path(settings.site.keys)
    if not all(os.access(folder / name, os.R_OK) for name in ("credential.key", "card.key")):
        return None
    return vault_of(settings)


def vault_of_backup(settings: Settings) -> Vault:
    """The same, also for what is from before our own key, where that is not made yet."""
    theirs = credential_key(settings)
    return Vault(theirs, own_key(settings) if has_own_key(settings) else theirs)


def refuse_second_key(settings: Settings, connection: Connection) -> None:
    """Raises SettingsError where our own key was made on another computer, and is not here."""
    if has_own_key(settings) or not (Path(settings.site.keys) / "credential.key").exists():
        return
    theirs = credential_key(settings)
    if is_sealed_elsewhere(connection, Vault(theirs, theirs)):
        raise SettingsError(
            f"badge numbers are sealed with a card.key that is not in {settings.site.keys}: copy it"
            " from the computer that was upgraded first, or from a backup"
        )


def seal_as_now(settings: Settings, connection: Connection) -> int:
    """Seal anew what the agents' key had sealed, also where our own key is not made yet.

    Returns how many there were; nothing is done where the place's keys are not on this computer: a
    hub's has the agents' key alone. Raises SettingsError.
    """
    folder = Path(settings.site.keys)
    if not all((folder / name).exists() for name in ("ca.key", "credential.key")):
        return 0
    refuse_second_key(settings, connection)
    make_own_key(settings)
    return seal_anew(connection, vault_of(settings))

"""Open the vault of badge numbers with this installation's keys (decision 0194)."""

import os
from pathlib import Path

from sqlalchemy import Connection, func, select

from controller.capabilities.agents.installation import credential_key, has_own_key, own_key
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.badges.vault import Vault
from controller.settings import Settings, SettingsError


def vault_of(settings: Settings) -> Vault:
    """Return the vault with this installation's keys. Raises SettingsError."""
    return Vault(credential_key(settings), own_key(settings))


def vault_here(settings: Settings) -> Vault | None:
    """Return the vault if both keys are readable on this computer, else None.

    A computer with only a hub has just one of them.
    """
    folder = Path(settings.site.keys)
    if not all(os.access(folder / name, os.R_OK) for name in ("credential.key", "card.key")):
        return None
    return vault_of(settings)


def refuse_second_key(settings: Settings, connection: Connection) -> None:
    """Raise SettingsError if `card.key` was made on another computer and is missing here."""
    if has_own_key(settings) or not (Path(settings.site.keys) / "credential.key").exists():
        return
    sealed = select(CredentialRow.id).where(func.length(CredentialRow.sealed) > 0).limit(1)
    if connection.execute(sealed).first():
        raise SettingsError(
            f"badge numbers are sealed with a card.key that is not in {settings.site.keys}: copy it"
            " from the computer that made it, or from a backup"
        )

"""The keys that open this installation's badge numbers (0194)."""

import os
from pathlib import Path

from sqlalchemy import Connection, func, select

from controller.capabilities.agents.installation import credential_key, has_own_key, own_key
from controller.capabilities.badges.models import CredentialRow
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


def refuse_second_key(settings: Settings, connection: Connection) -> None:
    """Raises SettingsError where our own key was made on another computer, and is not here."""
    if has_own_key(settings) or not (Path(settings.site.keys) / "credential.key").exists():
        return
    sealed = select(CredentialRow.id).where(func.length(CredentialRow.sealed) > 0).limit(1)
    if connection.execute(sealed).first():
        raise SettingsError(
            f"badge numbers are sealed with a card.key that is not in {settings.site.keys}: copy it"
            " from the computer that made it, or from a backup"
        )

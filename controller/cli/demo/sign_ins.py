"""Accounts of the demo's place: a pending invitation, and tokens of programs."""

from datetime import timedelta

from controller.capabilities.accounts import accounts, invitations, tokens
from controller.capabilities.accounts.identity import actor_of
from controller.capabilities.accounts.models import AccountRow
from controller.capabilities.accounts.shapes import NewAccount
from controller.cli.demo.place import SITE_ID
from controller.cli.demo.texts import translate
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Role
from controller.kernel.database import Database, Session

_TOKENS = (
    ("manager", "Agenda des salles", "rules:read", timedelta(days=40), timedelta(minutes=2)),
    ("admin", "Affichage mairie", "live:read", timedelta(days=150), timedelta(days=112)),
)
"""Owner's role, name, scope, time since creation, time since last use."""
_YEAR = timedelta(days=365)


def add_accounts(database: Database, now: Utc) -> None:
    """Add the tokens and the invitation."""
    with database.write() as db:
        for role, name, scope, created_ago, used_ago in _TOKENS:
            at = Utc.of(now - created_ago)
            actor = _actor(db, role)
            token, _secret = tokens.add(
                db, actor.account_id or "", translate(name), [scope], at, actor, Utc.of(at + _YEAR)
            )
            tokens.note_use(db, token.id, now=Utc.of(now - used_ago))
        new_account = NewAccount(
            login="elise.morel@region.example", roles={SITE_ID: (Role.OBSERVER,)}
        )
        yesterday = Utc.of(now - timedelta(days=1))
        invitations.invite(db, new_account, actor=_actor(db, "admin"), now=yesterday)


def _actor(db: Session, role: str) -> Actor:
    key = accounts.id_of(db, f"{role}@lafabrique.example")
    return actor_of(db, db.get_one(AccountRow, key))

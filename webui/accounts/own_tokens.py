"""Revoke an account's tokens when its password changes, if the form asks for it."""

from flask import request

from controller.capabilities.accounts import tokens
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.database import Session
from webui.i18n import plural

BOX = "tokens"
"""Name of the checkbox."""


def count_to_ask_about(db: Session, account_id: str, *, now: Utc) -> int:
    """Return how many tokens work, for a form that could not know it; 0 once it has asked."""
    if BOX in request.form or "asked" in request.form:
        return 0
    return tokens.count_working(db, account_id, now=now)


def end_if_ticked(db: Session, account_id: str, *, now: Utc) -> str:
    """Revoke the account's tokens if the form asks for it.

    Returns a sentence that says how many were revoked or still work; empty if there are none.
    """
    count = tokens.count_working(db, account_id, now=now)
    if not count:
        return ""
    if BOX not in request.form:
        return plural("%(n)s program token still works.", "%(n)s program tokens still work.", count)
    actor = Actor(ref=f"account:{account_id}", account_id=account_id)
    tokens.revoke_own(db, actor=actor, now=now)
    return plural(
        "%(n)s program token has been revoked.", "%(n)s program tokens have been revoked.", count
    )

"""The code that a member sets for terminals.

It is short, so it is hashed slowly with a secret key, and attempts are limited.
"""

import hmac
import re
from datetime import timedelta
from hashlib import sha256

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from controller.capabilities.accounts import passwords
from controller.capabilities.accounts.identity import require_may_grant
from controller.capabilities.accounts.models import AccountRow
from controller.capabilities.badges import handing_over
from controller.capabilities.members.changes import MemberLeft, MemberMerged
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.network import may_for_member
from controller.capabilities.messages import write
from controller.capabilities.self_service.messages import CodeMessage
from controller.capabilities.self_service.models import MemberCode
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from controller.kernel.jobs import Transactions
from controller.kernel.rows import get_or_404

MIN_DIGITS, MAX_DIGITS = 4, 8
"""Number of digits of a code."""
MAX_WRONG_ATTEMPTS = 5
"""Allowed number of wrong attempts in a row; then a new code must be set, by the member or after
the desk has identified them."""
CHOICE_LASTS = timedelta(minutes=10)
"""How long a member may choose a code after the desk allowed it."""
_DIGITS = re.compile(r"[0-9]+", re.ASCII)
_EASY_SEQUENCES = ("01234567890", "09876543210")


def hashing_key(secret: str) -> bytes:
    """Derive the key for hashing codes from the web server's secret; it is not in the database."""
    return hmac.new(secret.encode(), b"loquet/1 member codes", sha256).digest()


def has_code(db: Session, member_id: str) -> bool:
    """Return whether the member has a code that is accepted."""
    row = db.get(MemberCode, member_id)
    return row is not None and row.hash is not None and row.wrong < MAX_WRONG_ATTEMPTS


def set_own(db: Session, code: str, *, key: bytes, actor: Actor, now: Utc) -> None:
    """Set the actor's own code. Raises Invalid for an easy one, NotFound without a member."""
    if actor.member_id is None:
        raise NotFound("member", "me")
    _set(db, actor.member_id, code, key, actor, now)


def forget_own(db: Session, *, actor: Actor, now: Utc) -> None:
    """Delete the actor's own code, so that no terminal opens their page."""
    row = db.get(MemberCode, actor.member_id or "")
    if row is not None:
        db.delete(row)
        db.flush()
        audit.record(db, actor, now, "code_removed", f"member:{row.member_id}")


def allow_choice(db: Session, member_id: str, *, actor: Actor, now: Utc) -> None:
    """Let a member whom the desk has identified choose a code at a terminal within ten minutes.

    Somebody else with the badge's number could choose it instead, so this code opens the member's
    page only a day later, after a message about it (decision 0217). For a member without an address
    that staff have left unchanged for a while, only an actor who may read that page can allow it.
    Raises NotFound, Forbidden; NeedsAdmin for staff.
    """
    member = get_or_404(db, MemberRow, member_id, "member")
    if not may_for_member(db, actor, Permission.MEMBERS_READ, member):
        raise NotFound("member", member_id)
    if not may_for_member(db, actor, Permission.MEMBERS_WRITE, member):
        raise Forbidden("only the desk can let somebody choose a code")
    account = db.scalar(select(AccountRow).where(AccountRow.member_id == member_id))
    if account is not None and account.id != actor.account_id:
        require_may_grant(db, account, actor)
    if not handing_over.has_settled_address(db, member, now):
        actor.require(Permission.PERSONAL_DATA, member.site_id)
    row = _row(db, member_id)
    row.may_choose_until = Utc.of(now + CHOICE_LASTS)
    row.choice_opens_from = handing_over.opens_page_from(actor, member.site_id, now)
    db.flush()
    audit.record(db, actor, now, "code_choice_allowed", f"member:{member_id}", member.site_id)


def choose(
    db: Session, member_id: str, code: str, *, key: bytes, actor: Actor, now: Utc
) -> Utc | None:
    """Set a code at a terminal, once after the desk has allowed it; return when it opens the page.

    None: at once. Raises Conflict, Invalid.
    """
    row = db.get(MemberCode, member_id)
    if row is None or row.may_choose_until is None or row.may_choose_until <= now:
        raise Conflict("the desk has to allow the choice of a code first")
    start = row.choice_opens_from
    _set(db, member_id, code, key, actor, now)
    row.opens_from = start
    db.flush()
    return start


def opens_from(db: Session, member_id: str) -> Utc | None:
    """Return when the member's code begins to open their page; None: it does already."""
    row = db.get(MemberCode, member_id)
    return row.opens_from if row is not None else None


def verify(database: Transactions, member_id: str | None, code: str, *, key: bytes) -> bool:
    """Return whether it is the member's code; counts the attempt first, in its own transaction.

    Takes equally long without a member or an accepted code, so that timing reveals nothing.
    """
    hashed = _count_attempt(database, member_id) if member_id is not None else None
    digest = _digest(member_id or "", code[: MAX_DIGITS + 1], key)
    if not passwords.verify(hashed, digest) or member_id is None:
        return False
    with database.write() as db:
        db.execute(update(MemberCode).where(MemberCode.member_id == member_id).values(wrong=0))
    return True


def delete_after_leaving(db: Session, event: MemberLeft) -> None:
    """Delete the code of a member who has left."""
    _forget(db, event.member.id)


def delete_after_merge(db: Session, merged: MemberMerged) -> None:
    """Delete the codes of two merged records, since either would open the pages of both."""
    _forget(db, merged.kept.id)
    _forget(db, merged.gone.id)


def _forget(db: Session, member_id: str) -> None:
    row = db.get(MemberCode, member_id)
    if row is not None:
        db.delete(row)
        db.flush()


def _count_attempt(database: Transactions, member_id: str) -> str | None:
    """Count an attempt and return the code's hash; None without a code or further attempts."""
    has_attempts = (
        MemberCode.member_id == member_id,
        MemberCode.wrong < MAX_WRONG_ATTEMPTS,
        MemberCode.hash.is_not(None),
    )
    with database.write() as db:
        updated = db.execute(
            update(MemberCode).where(*has_attempts).values(wrong=MemberCode.wrong + 1)
        )
        assert isinstance(updated, CursorResult)  # noqa: S101 - what an update returns
        if updated.rowcount == 0:
            return None
        row = db.get(MemberCode, member_id)
        return row.hash if row is not None else None


def _set(db: Session, member_id: str, code: str, key: bytes, actor: Actor, now: Utc) -> None:
    check(code)
    row = _row(db, member_id)
    row.hash = passwords.hash_new(_digest(member_id, code, key))
    row.set_at, row.wrong, row.may_choose_until = now, 0, None
    row.choice_opens_from = row.opens_from = None
    db.flush()
    audit.record(db, actor, now, "code_set", f"member:{member_id}")
    member = db.get_one(MemberRow, member_id)
    for number, address in enumerate(handing_over.notice_addresses(db, member, now)):
        message_key = f"{member_id}/{now.millis()}/{number}"
        site_id, message = member.site_id, CodeMessage()
        write.to_member_at(db, member, address, message, site_id=site_id, key=message_key, now=now)


def _row(db: Session, member_id: str) -> MemberCode:
    row = db.get(MemberCode, member_id)
    if row is None:
        row = MemberCode(member_id=member_id, wrong=0)
        db.add(row)
    return row


def check(code: str) -> None:
    """Raise Invalid if it is not a code, or one that people guess first."""
    if not (MIN_DIGITS <= len(code) <= MAX_DIGITS and _DIGITS.fullmatch(code)):
        raise Invalid.of("code", f"{MIN_DIGITS} to {MAX_DIGITS} digits")
    if len(set(code)) < 2 or any(code in sequence for sequence in _EASY_SEQUENCES):
        raise Invalid.of("code", "too easy to guess, like 1111 or 1234")


def _digest(member_id: str, code: str, key: bytes) -> str:
    """Hash with the key, so that a stolen database alone does not allow trying all codes."""
    return hmac.new(key, f"{member_id}\0{code}".encode("utf-8", "replace"), sha256).hexdigest()

"""Links of messages to the page at the message's place, where there are several (0359)."""

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.accounts.models import AccountRole, AccountRow
from controller.capabilities.messages.queue import DueMessage
from controller.capabilities.places import sites
from controller.kernel.actor import Permission
from controller.kernel.message import Link

_OWN_PAGE = "/mine"
_STATEMENTS = f"{_OWN_PAGE}/statements/"
_PAGES = (_OWN_PAGE, "/bookings", "/training")
"""Pages of members that messages lead to; each shows one place."""


def with_place(db: Session, due: DueMessage) -> DueMessage:
    """Return the message with a link to its place, or to what the recipient's page shows of it."""
    link = due.letter.link
    if link is None or due.member_id is None or not link.path.startswith(_PAGES):
        return due
    if sites.count(db) < 2:
        return due
    path = _path(db, due.member_id, due.site_id, link.path)
    return replace(due, letter=replace(due.letter, link=Link(link.text, path)))


def _path(db: Session, member_id: str, site_id: str, path: str) -> str:
    roles = db.execute(
        select(AccountRole.site_id, AccountRole.role)
        .join(AccountRow, AccountRow.id == AccountRole.account_id)
        .where(AccountRow.member_id == member_id)
    ).all()
    opens_here = any(site == site_id and role in Permission.OWN_WRITE.roles for site, role in roles)
    if opens_here:
        return f"/s/{site_id}{path}" if len({site for site, _role in roles}) > 1 else path
    if path.startswith(_STATEMENTS):
        return f"{path}?place={site_id}"
    return path if path.startswith(_OWN_PAGE) or not roles else _OWN_PAGE

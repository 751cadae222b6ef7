"""What this feature writes: the list of the morning, to who has asked for it."""

from datetime import timedelta
from typing import ClassVar

from sqlalchemy.orm import Session

from controller.capabilities.accounts.identity import actor_of
from controller.capabilities.accounts.models import AccountRow
from controller.capabilities.activity.digest import letter
from controller.capabilities.activity.formatting import Speaker
from controller.capabilities.activity.rows import list_activity
from controller.domain.locale.catalogue import N_
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.message import Letter, Message, MessageContext

LATE = timedelta(hours=12)
"""What was missed for longer, a server that was off for a week, is not made up for."""


class DigestMessage(Message, frozen=True, kw_only=True):
    """What happened since the morning before; read when it is sent, so that no row keeps it."""

    WHAT: ClassVar[str] = "digest"
    TITLE: ClassVar[str] = N_("Morning digest")

    site: str
    account: str
    since: str
    due: str

    def still(self, db: Session) -> bool:
        """Whether the account may still read it."""
        row = db.get(AccountRow, self.account)
        if row is None or row.disabled_at is not None:
            return False
        return actor_of(db, row).may(Permission.EVENTS_READ, self.site)

    def until(self) -> Utc | None:
        """Tomorrow there is another."""
        return Utc.of(Utc.parse(self.due) + LATE)

    def letter(self, to: MessageContext) -> Letter:
        """As it is read."""
        actor = actor_of(to.db, to.db.get_one(AccountRow, self.account))
        since = Utc.parse(self.since)
        found = list_activity(to.db, self.site, since, actor=actor, now=to.now)
        return letter(found, Speaker(to.translator, to.zone, to.now), to.place)


MESSAGES = (DigestMessage,)

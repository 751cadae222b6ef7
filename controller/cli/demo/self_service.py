"""Demo data for a member's own page and for the public screens."""

from contextlib import suppress
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from controller.capabilities.accounts.identity import actor_of
from controller.capabilities.accounts.models import AccountRow
from controller.capabilities.bookings import bookings, wishes
from controller.capabilities.bookings.shapes import NewBooking
from controller.capabilities.screen import addresses, rules
from controller.capabilities.screen.addresses import NewAddress
from controller.capabilities.screen.models import AddressKind
from controller.capabilities.screen.rules import ScreenRules
from controller.capabilities.training.next_sessions import next_sessions
from controller.cli.demo.place import SITE_ID
from controller.cli.demo.texts import translate
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.database import Database, Session
from controller.kernel.errors import Conflict

LOGIN = "member@lafabrique.example"
"""Account whose self-service page has something to show."""
_ZONE = ZoneInfo("Europe/Paris")
_BY = Actor.system("demo")


def add_self_service(database: Database, now: Utc) -> None:
    """Add a booked printer, a wish for a place in a full course, a screen and a terminal."""
    with database.write() as db:
        row = db.scalars(select(AccountRow).where(AccountRow.login == LOGIN)).one()
        _book(db, row.member_id or "", now)
        full = next_sessions(db, SITE_ID, full=True).get("bois")
        if full is not None:
            wishes.wish_for_place(db, SITE_ID, full.id, actor=actor_of(db, row), now=now)
        settings = ScreenRules(is_public=True, framed_by=("https://www.ville.example",))
        rules.change(db, SITE_ID, settings, actor=_BY, now=now)
        long_ago = Utc.of(now - timedelta(days=30))  # new addresses are shown as new
        for name, kind in (
            ("Entrée, au-dessus du comptoir", AddressKind.SCREEN),
            ("Accueil, à droite", AddressKind.TERMINAL),
        ):
            new = NewAddress(name=translate(name), kind=kind)
            addresses.create(db, SITE_ID, new, actor=_BY, now=long_ago)


def _book(db: Session, member: str, now: Utc) -> None:
    day = now.astimezone(_ZONE).date() + timedelta(days=2)
    start = Utc.of(datetime.combine(day, time(14), _ZONE))
    end = Utc.of(start + timedelta(hours=2))
    new = NewBooking(member_id=member, access_point="imprimante-3", starts_at=start, ends_at=end)
    with suppress(Conflict):
        bookings.create(db, new, actor=_BY, now=now)

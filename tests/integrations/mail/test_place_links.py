"""Where a letter of one of two places leads: to the page on which its matter is in sight."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.accounts.models import AccountRole, AccountRow
from controller.capabilities.billing.messages import StatementMessage
from controller.capabilities.bookings.messages import ReleasedMessage
from controller.capabilities.messages import write
from controller.capabilities.self_service.messages import CodeMessage
from controller.domain.time import Utc
from controller.kernel.actor import Role
from controller.kernel.message import Message
from tests.capabilities import second_site
from tests.capabilities.conftest import Place, clock, database, live, place
from tests.integrations.mail.letters import person, plainly, sent
from tests.integrations.mail.mail import URL

__all__ = ["clock", "database", "live", "place"]

THERE = second_site.THERE
STATEMENT = StatementMessage(month="2026-11", number="2026-11-001", total_cents=750, left_cents=750)
PATHS = ("/mine#badge", "/mine/statements/2026-11", "/bookings")
"""Of what `_write` writes, where there is one place."""


def _write(place: Place, db: Session, member: str, site: str) -> None:
    later = Utc.of(place.now + timedelta(hours=2)).text()
    released = ReleasedMessage(point={"fr": "Laser"}, starts_at=later, ends_at=later)
    messages: tuple[Message, ...] = (CodeMessage(), STATEMENT, released)
    for message in messages:
        write.to_member(db, member, message, site_id=site, key=message.WHAT, now=place.now)


def _paths(place: Place) -> tuple[str, ...]:
    return tuple(sorted(re.findall(rf"{URL}(/\S*(?:mine|bookings)\S*)", _text(place))))


def _text(place: Place) -> str:
    return "\n".join(plainly(mail) for mail in sent(place))


@pytest.mark.parametrize(
    ("here", "there", "expected"),
    [
        (Role.MEMBER, Role.MEMBER, [f"/s/{THERE}{path}" for path in PATHS]),
        (None, Role.MEMBER, PATHS),
        (Role.MEMBER, None, ["/mine", "/mine#badge", f"/mine/statements/2026-11?place={THERE}"]),
        (
            Role.MEMBER,
            Role.TREASURER,  # who has no page of a member there
            ["/mine", "/mine#badge", f"/mine/statements/2026-11?place={THERE}"],
        ),
    ],
)
def test_a_letter_leads_to_the_page_that_shows_what_it_is_about(
    place: Place, here: Role | None, there: Role | None, expected: list[str]
) -> None:
    with place.database.write() as db:
        ada = str(person(place, db, "Ada Both").member_id)
        second_site.add(db, place.now)
        account = db.scalars(select(AccountRow).where(AccountRow.member_id == ada)).one()
        db.query(AccountRole).filter_by(account_id=account.id).delete()
        for site, role in (("here", here), (THERE, there)):
            if role is not None:
                db.add(AccountRole(account_id=account.id, site_id=site, role=role))
        _write(place, db, ada, THERE)
    assert _paths(place) == tuple(sorted(expected))


def test_one_place_is_named_in_no_link(place: Place) -> None:
    with place.database.write() as db:
        ada = str(person(place, db, "Ada Both").member_id)
        _write(place, db, ada, place.site)
    assert _paths(place) == tuple(sorted(PATHS))

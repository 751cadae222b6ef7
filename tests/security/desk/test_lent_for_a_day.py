"""A badge that was lent in the name of somebody whom no letter reaches is shown afterwards."""

from datetime import timedelta

import pytest

from controller.capabilities.activity.rows import list_activity
from controller.capabilities.badges import credentials
from controller.capabilities.badges.shapes import NewCredential
from controller.capabilities.members import members
from controller.capabilities.members.shapes import NewMember
from controller.capabilities.presence import presence
from controller.capabilities.presence.shapes import NewPresence
from controller.domain.time import Utc
from controller.kernel.actor import Role
from controller.kernel.errors import Invalid
from tests.capabilities.conftest import BOSS, VAULT, Place


@pytest.mark.parametrize("email", [None, "amina@example.org"])
def test_a_loan_is_shown_once_it_is_over(place: Place, email: str | None) -> None:
    with place.database.write() as db:
        person = NewMember(display_name="Amina", email=email, site_id=place.site)
        member = members.create(db, person, actor=BOSS, now=place.now).id
        desk = place.account(db, "karim@example.org", Role.DESK)
    for _ in range(2):
        with place.database.write() as db:
            loan = NewCredential(
                member_id=member,
                value="uid:04A1B2C3D4E5F6",
                lent=True,
                valid_until=Utc.of(place.now + timedelta(hours=10)),
            )
            badge = credentials.create(db, loan, vault=VAULT, actor=desk, now=place.now).id
        now = place.clock.forward(hours=4)
        with place.database.write() as db:
            credentials.return_badge(db, badge, actor=desk, now=now)
    place.clock.forward(hours=16)
    since = Utc.of(place.now - timedelta(days=2))
    with place.database.read() as db:
        shown = list_activity(db, place.site, since, actor=BOSS, now=place.now)
    rows = [row.activity for row in shown.rows if row.activity.names[:2] == ("returned", member)]
    assert [row.facts[0].values["n"] for row in rows] == ([] if email else [2])


def test_an_entry_of_last_week_spends_no_pass(place: Place) -> None:
    with place.database.write() as db:
        member = place.member(db, "Amina").id
        desk = place.account(db, "karim@example.org", Role.DESK)
        entry = NewPresence(
            zone_id="workshop",
            member_id=member,
            at=Utc.of(place.now - timedelta(days=2, seconds=1)),
        )
        with pytest.raises(Invalid, match="more than two days ago"):
            presence.check_in(db, entry, actor=desk, now=place.now)

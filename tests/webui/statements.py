"""What tests of statements share with others."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.capabilities.agents.models import AgentRow
from controller.capabilities.alarms.models import Alarm
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.billing.cents import Cents
from controller.capabilities.billing.kinds import Means
from controller.capabilities.billing.models import PaymentRow
from controller.capabilities.members import search
from controller.capabilities.members.models import MemberRow
from controller.capabilities.places.models import ZoneRow
from controller.capabilities.presence.models import PresenceRow
from controller.capabilities.usage import totals
from controller.capabilities.usage.models import SessionRow
from controller.capabilities.user_reports.models import HandoverNote
from controller.domain.facts import Assurance, CredentialStatus, Language, MemberStatus
from controller.kernel import audit
from controller.kernel.actor import Actor
from controller.kernel.database import Database
from controller.wire.ids import uuid7
from tests.support.event_rows import add_event
from tests.webui.conftest import NOW, SITE

FEW, MANY = 10, 1000
NOT_ASKED = ("/live", "/static")


def fill(database: Database, number: int) -> None:
    """Members with a badge who are in, their sessions, events, alarms; notes and audited acts; cash
    that was paid for what was sold, and taken back."""
    with database.write() as db:
        if db.get(AgentRow, "pi") is None:
            db.add(AgentRow(id="pi", site_id=SITE, name={"en": "Pi"}, created_at=NOW))
            db.add(
                ZoneRow(id="hall", site_id=SITE, name={"en": "Hall"}, capacity=None, row_version=1)
            )
            db.flush()
        receipts = db.scalar(select(func.count()).select_from(PaymentRow)) or 0
        for place in range(number):
            _add(db, place)
            _sell(db, receipts + 3 * place)
        db.flush()
        totals.recount(db)


def _sell(db: Session, receipts: int) -> None:
    """Cash for what stands, and for what was taken back."""
    paid = uuid7()
    rows = ((paid, 400, None), (uuid7(), -400, paid), (uuid7(), 400, None))
    db.add_all(
        PaymentRow(
            id=key,
            site_id=SITE,
            year=NOW.year,
            receipt=receipts + number,
            day=NOW.date(),
            at=NOW,
            month=f"{NOW:%Y-%m}",
            means=Means.CASH,
            amount_cents=Cents(cents),
            sold_id=paid,
            counters_id=counters,
            by="system:test",
        )
        for number, (key, cents, counters) in enumerate(rows, 1)
    )


def _add(db: Session, place: int) -> None:
    member, ref = uuid7(), uuid7()
    name = f"Somebody {place}"
    db.add(
        MemberRow(
            id=member,
            ref=ref,
            site_id=SITE,
            display_name=name,
            language=Language.FR,
            categories=[],
            aids=[],
            status=MemberStatus.ACTIVE,
            created_at=NOW,
        )
    )
    db.flush()
    search.index(db, member, name, None)
    common = {"site_id": SITE, "agent_id": "pi", "access_point_id": "laser"}
    seconds = {"active_s": 60.0, "idle_s": 0.0, "powered_s": 60.0, "gap_s": 0.0}
    db.add_all(
        [
            CredentialRow(
                id=uuid7(),
                member_id=member,
                holder_key=uuid7(),
                sealed=b"",
                masked="uid:••",
                assurance=Assurance.UID,
                status=CredentialStatus.ACTIVE,
                created_at=NOW,
            ),
            SessionRow(id=uuid7(), member_ref=ref, started_at=NOW, **common, **seconds),
            Alarm(id=uuid7(), key=uuid7(), kind="door_forced", detail={}, raised_at=NOW, **common),
            PresenceRow(
                id=uuid7(),
                site_id=SITE,
                zone_id="hall",
                member_ref=ref,
                heads=1,
                moved_at=NOW,
                by_desk=True,
            ),
            HandoverNote(
                id=uuid7(), site_id=SITE, text=name, created_by=f"member:{member}", created_at=NOW
            ),
        ]
    )
    add_event(
        db,
        agent="pi",
        stream="019c1111-2222-7333-8444-555555555555",
        seq=place + 1,
        event_id=uuid7(),
        site=SITE,
        point="laser",
        type="access_denied",
        at=NOW,
        received_at=NOW,
        raw=b'{"seq":1,"type":"access_denied"}',
    )
    audit.record(db, Actor.system("test"), NOW, "member_changed", f"member:{member}", SITE)

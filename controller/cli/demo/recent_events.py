"""Recent records of the demo's place that need attention.

A new member, lent badges, subscriptions that end, handover notes, a backup, a verified audit log,
and searches after an incident.
"""

from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from controller.capabilities.accounts import accounts
from controller.capabilities.accounts.identity import actor_of
from controller.capabilities.accounts.models import AccountRow
from controller.capabilities.audit import chain_check
from controller.capabilities.badges import credentials
from controller.capabilities.badges.shapes import NewCredential
from controller.capabilities.badges.vault import Vault
from controller.capabilities.members import members
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.shapes import NewMember
from controller.capabilities.plans.models import SubscriptionRow
from controller.capabilities.privacy import incidents
from controller.capabilities.privacy.incidents import NewIncident
from controller.capabilities.user_reports import handover, report_codes
from controller.capabilities.user_reports.shapes import NewHandoverNote, NewTellCode
from controller.cli.demo.place import POINTS, SITE_ID, on_open_day
from controller.cli.demo.texts import translate
from controller.cli.numbers import vault_of
from controller.domain.facts import PointKind
from controller.domain.time import Utc
from controller.kernel import audit, backups
from controller.kernel.actor import Actor
from controller.kernel.audit import START
from controller.kernel.database import Database, Session
from controller.settings import Settings

_BY = Actor.system("demo")
_ZONE = ZoneInfo("Europe/Paris")
_LENT = (
    ("Louis Delattre", "uid:04B7E2119A3C81", 50.0, 46.0),
    ("Wout Vermeersch", "uid:04B7E2119A3C82", 2.0, -3.0),
)
"""Lent badges: the member, the number, how many hours ago it was lent and should be back."""
_ENDS = (("Rachid Amrani", 2.0), ("Nadia Haddad", 5.0))
"""Member, and days until the subscription ends."""
_NOTES = (
    ("admin", "La clé du local vélo est chez Sylvie, à reprendre avant 18 h.", 20.0, None),
    ("desk", "Colis pour Récup’Art sous le comptoir, à remettre à 17 h.", 2.5, None),
    ("desk", "Filament PLA, trois bobines, pour l’atelier", 2.0, 4.0),
)
"""Handover notes: account, text, hours since then, hours until a delivery."""
_NEW_MEMBER = ("Awa Ndiaye", 17.0)
"""A member without badge and subscription, and hours since the record was added."""
_DOOR = "porte-principale"
_SEARCHES = (
    (19.0, 2.0, "Un ordinateur portable a disparu de l’espace de travail.", True),
    (0.3, 1.0, "Porte restée ouverte, lieu fermé, sans badge ni bouton de sortie.", False),
)
"""Incident searches: days ago, hours searched, reason, and whether a second person confirmed it."""


def add_recent_events(database: Database, settings: Settings, now: Utc) -> None:
    """Add these as actions of the demo's accounts."""
    vault = vault_of(settings)
    with database.write() as db:
        name, since = _NEW_MEMBER
        members.create(
            db, NewMember(display_name=name, site_id=SITE_ID), actor=_BY, now=_ago(now, since)
        )
        for name, value, since, due in _LENT:
            lent = _ago(now, since)
            _lend(db, name, value, lent, Utc.of(lent + timedelta(hours=since - due)), vault)
        for name, days in _ENDS:
            _end_subscriptions(db, name, Utc.of(now + timedelta(days=days)))
        for days, hours, reason, confirmed in _SEARCHES:
            _search(db, Utc.of(now - timedelta(days=days)), hours, reason, confirmed)
        for role, text, hours, due_in_h in _NOTES:
            _add_note(db, role, text, _ago(now, hours), due_in_h)
        for wired in POINTS:
            if wired.point.kind is PointKind.MACHINE:
                poster = NewTellCode(access_point=wired.point.id)
                report_codes.create(db, poster, actor=_BY, now=_ago(now, 24 * 30.0))
        backups.record_backup(db, _BY, _ago(now, 8.0))


def audit_check_time(now: Utc) -> Utc:
    """Return when the audit log was last verified, some hours ago."""
    return _ago(now, 7.5)


def record_audit_check(database: Database, now: Utc) -> None:
    """Record that the audit log was verified at that time."""
    with database.read() as db:
        result = audit.check(db, START)
    with database.write() as db:
        chain_check.record_check(db, result, START, actor=_BY, now=audit_check_time(now))


def _ago(now: Utc, hours: float) -> Utc:
    """Return that time, a day earlier if the place was closed."""
    return on_open_day(Utc.of(now - timedelta(hours=hours)))


def _lend(db: Session, name: str, value: str, since: Utc, until: Utc, vault: Vault) -> None:
    member = db.scalars(select(MemberRow).where(MemberRow.display_name == name)).one()
    new = NewCredential(member_id=member.id, value=value, lent=True, valid_until=until)
    credentials.create(db, new, vault=vault, actor=_BY, now=since)


def _end_subscriptions(db: Session, name: str, at: Utc) -> None:
    member = select(MemberRow.id).where(MemberRow.display_name == name).scalar_subquery()
    for row in db.scalars(select(SubscriptionRow).where(SubscriptionRow.member_id == member)):
        row.valid_until = Utc.midnight(at.astimezone(_ZONE).date(), _ZONE)


def _search(db: Session, asked_at: Utc, hours: float, reason: str, confirmed: bool) -> None:
    new = NewIncident(
        access_point=_DOOR,
        since=Utc.of(asked_at - timedelta(hours=hours + 1)),
        until=Utc.of(asked_at - timedelta(hours=1)),
        reason=translate(reason),
    )
    incident = incidents.create(db, new, actor=_actor(db, "manager"), now=asked_at)
    if confirmed:
        soon = Utc.of(asked_at + timedelta(hours=1))
        incidents.confirm(db, incident.id, actor=_actor(db, "admin"), now=soon)


def _add_note(db: Session, role: str, text: str, at: Utc, due_in_h: float | None) -> None:
    later = None if due_in_h is None else Utc.of(at + timedelta(hours=due_in_h))
    new = NewHandoverNote(text=translate(text), expected_at=later)
    handover.create(db, new, actor=_actor(db, role), now=at)


def _actor(db: Session, role: str) -> Actor:
    key = accounts.id_of(db, f"{role}@lafabrique.example")
    return actor_of(db, db.get_one(AccountRow, key))

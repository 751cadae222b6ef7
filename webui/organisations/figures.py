"""Use and debts of organisations, for readers who may see them."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import url_for

from controller.capabilities.billing import arrears, months, providers
from controller.capabilities.billing.arrears import Debt, MonthOfPayer
from controller.capabilities.billing.kinds import SourceKind
from controller.capabilities.billing.payers import PayerKey
from controller.capabilities.billing.permissions import MONEY_READ, MONEY_WRITE
from controller.capabilities.billing.shapes import PayerKind
from controller.capabilities.bookings import bookings
from controller.capabilities.bookings.shapes import Booking
from controller.capabilities.bookings.week import BookableThing, bookable_things
from controller.capabilities.members import memberships
from controller.capabilities.organisations import projects
from controller.capabilities.usage import report
from controller.capabilities.usage.shapes import UsageSplit
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.kernel.names import names_of
from webui.billing.formatting import euros, near_day
from webui.bookings.formatting import day_words, from_to
from webui.guard import actor, is_allowed, site, site_zone
from webui.i18n import _, current
from webui.i18n.dates import month_name
from webui.list_filter import natural_key
from webui.naming import read_label
from webui.organisations import project_view
from webui.organisations.views import BookingLine, Money, MonthLine
from webui.paging import all_items

MAX_LINES = 6
"""Months and bookings that the page of an organisation shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Figures of all organisations, by id; None for figures that the reader may not see."""

    people: dict[str, int]
    projects: dict[str, list[str]]
    """Names of the projects that have not ended."""
    use: dict[str, float] | None
    """Milliseconds of machines in use this month."""
    owed: dict[str, Debt] | None
    """Up to this month."""
    without_siret: Collection[str] = ()
    """Organisations that owe something, but have no SIRET."""


def read_figures(db: Session, now: Utc) -> Figures:
    """Read the figures of the site's organisations."""
    who, site_id = actor(), site().id
    all_projects = all_items(lambda cursor: projects.page(db, actor=who, cursor=cursor))
    names: defaultdict[str, list[str]] = defaultdict(list)
    for project in all_projects:
        if project.organisation_id and not project_view.is_over(project, now):
            names[project.organisation_id].append(read_label(project.name))
    owed = (
        arrears.by_organisation(db, site_id, actor=who, now=now) if is_allowed(MONEY_READ) else None
    )
    return Figures(
        people=memberships.count_by_organisation(db, site_id, actor=who),
        projects={key: sorted(values, key=natural_key) for key, values in names.items()},
        use=read_use(db, now) if is_allowed(Permission.REPORTS_READ) else None,
        owed=owed,
        without_siret=providers.without_siret(db, list(owed or {})),
    )


def read_use(db: Session, now: Utc) -> dict[str, float]:
    """Return the milliseconds of machines in use this month, by organisation. Raises Forbidden."""
    use: defaultdict[str, float] = defaultdict(float)
    split = UsageSplit.ORGANISATION
    for row in report.report(db, site().id, split=split, actor=actor(), now=now):
        if row.organisation_id:
            use[row.organisation_id] += row.active_s * 1000
    return use


def coming_bookings(db: Session, organisation: str, now: Utc) -> list[BookingLine]:
    """Return the coming bookings for the organisation, the next one first."""
    who, zone = actor(), site_zone()
    rows = all_items(
        lambda at: bookings.page(db, actor=who, since=now, organisation_id=organisation, cursor=at)
    )
    things = {thing.id: thing for thing in bookable_things(db, site().id)}
    people = names_of(db, {f"member:{booking.member_id}" for booking in rows})
    return [
        _booking_line(booking, things, people.get(f"member:{booking.member_id}", ""), zone)
        for booking in sorted(rows, key=lambda booking: (booking.starts_at, booking.id))
    ]


def _booking_line(
    booking: Booking, things: dict[str, BookableThing], who: str, zone: ZoneInfo
) -> BookingLine:
    day = booking.starts_at.astimezone(zone).date()
    thing = things.get(booking.access_point or booking.zone_id or "")
    return BookingLine(
        href=url_for("bookings.show", day=day.isoformat()),
        day=day_words(day),
        time=from_to(booking.starts_at, booking.ends_at, zone),
        thing=thing.name.read(current()) if thing else "",
        who=who,
        is_out=thing is not None and thing.out_of_service is not None,
    )


def read_money(db: Session, organisation: str, now: Utc) -> Money | None:
    """Read the statements of an organisation; None if the reader may not see them."""
    if not is_allowed(MONEY_READ):
        return None
    key, who, may_write = _payer(organisation), actor(), is_allowed(MONEY_WRITE)
    statements = arrears.months_of(db, site().id, key, actor=who, now=now)
    this = months.current_month(db, site().id, now)
    owed = sum(max(month.due_cents, 0) for month in statements if month.month <= this)
    billed = providers.invoicing(db, organisation, actor=who)
    town = " ".join(filter(None, (billed.postcode, billed.city)))
    details = (
        (_("SIRET"), billed.siret),
        (_("Address"), ", ".join(filter(None, (billed.street, town)))),
        (_("Commitment"), billed.engagement),
        (_("Department"), billed.service),
        (_("Statements to"), billed.email),
    )
    last = statements[0].month if statements else this
    return Money(
        months=tuple(_month_line(month, str(key), may_write) for month in statements[:MAX_LINES]),
        owed=owed,
        owed_text=euros(owed),
        details=tuple((title, text) for title, text in details if text),
        change=invoicing_address(last, organisation),
    )


def invoicing_address(month: str, organisation: str) -> str:
    """Return where its details for invoices are changed; empty if the reader may not."""
    if not is_allowed(MONEY_WRITE):
        return ""
    return url_for("money.invoicing", month=month, payer=_payer(organisation))


def _payer(organisation: str) -> PayerKey:
    return PayerKey(PayerKind.ORGANISATION, organisation)


def _month_line(month: MonthOfPayer, payer: str, may_write: bool) -> MonthLine:
    kinds, left = month.by_kind, month.due_cents
    use_cents = kinds.get(SourceKind.SESSION, 0) + kinds.get(SourceKind.BOOKING, 0)
    plan_cents = kinds.get(SourceKind.PASS, 0) + kinds.get(SourceKind.SUBSCRIPTION, 0)
    parts = (
        _("machines and rooms %(amount)s", amount=euros(use_cents)) if use_cents else "",
        _("materials %(amount)s", amount=euros(entries))
        if (entries := kinds.get(SourceKind.ENTRY, 0))
        else "",
        _("passes and plans %(amount)s", amount=euros(plan_cents)) if plan_cents else "",
    )
    settled = _("settled on %(day)s", day=near_day(month.paid_on)) if month.paid_on else ""
    pay = url_for("money.show", month=month.month, open=payer, _anchor=f"p-{payer}")
    return MonthLine(
        name=month_name(month.month),
        href=url_for("money.statement", month=month.month, payer=payer),
        parts=", ".join(filter(None, parts)),
        total=euros(month.total_cents),
        left=euros(left) if left > 0 else "",
        upcoming=euros(month.upcoming_cents) if month.upcoming_cents else "",
        settled="" if left > 0 else settled or _("nothing to pay"),
        pay=pay if may_write and left > 0 else "",
    )

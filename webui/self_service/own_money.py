"""What a member owes, by place, with the member's own statements."""

from zoneinfo import ZoneInfo

from controller.capabilities.billing import months, payments, priced_items, statement_mail, tariffs
from controller.capabilities.billing import own as money
from controller.capabilities.billing.own import OwnMonth
from controller.capabilities.billing.payers import PayerKey
from controller.capabilities.billing.shapes import PayerKind
from controller.capabilities.places.shapes import Site
from controller.domain.locale.time import of_month
from controller.domain.time import Utc
from controller.kernel.database import Session
from webui.billing.formatting import euros
from webui.billing.pending_amount import pending_text
from webui.billing.views import StatementView, statement_view
from webui.guard import actor
from webui.i18n import _, translator
from webui.i18n.dates import month_name
from webui.members.holdings import name_elsewhere
from webui.members.reading import MemberReader
from webui.naming import read_label
from webui.self_service.own_places import known_at, read_places
from webui.self_service.views import Money, MonthLine

MONTHS = 6
"""How many earlier months of statements the page lists, besides those with something owed."""


def read_money(reader: MemberReader) -> tuple[Money, ...]:
    """Return what the member owes at each place where they have a statement, this page's first.

    Each is named if the member has, or may have, statements at several.
    """
    own_sites = money.own_sites(reader.db, actor=reader.who)
    is_named = len(own_sites | known_at(reader.db)) > 1
    places = read_places(reader.db, own_sites)
    return tuple(filter(None, (_money(reader, place, is_named) for place in places)))


def _money(reader: MemberReader, place: Site, is_named: bool) -> Money | None:
    own = money.own_months(reader.db, place.id, actor=reader.who, now=reader.now)
    if not own:
        return None
    this_month = months.current_month(reader.db, place.id, reader.now)
    until_now = [month for month in own if month.month <= this_month]
    later = [month for month in own if month.month > this_month][::-1]
    last, *others = until_now or later[:1]
    upcoming = sum(month.upcoming_cents for month in until_now)
    return Money(
        elsewhere=place.id if name_elsewhere(place) else "",
        name=read_label(place.name) if is_named else "",
        owed=euros(sum(max(0, month.due_cents) for month in until_now)),
        upcoming=euros(upcoming) if upcoming else "",
        pending=pending_text(reader.db, place.id, reader.member, reader.now),
        title=_("Statement %(of_month)s", of_month=of_month(last.month, translator())),
        month=last.month,
        statement=own_statement(reader.db, place, last.month, reader.now),
        mailed=statement_mail.is_wanted(reader.db, actor=reader.who),
        others=tuple(
            MonthLine(month=month.month, text=_month_text(month), is_due=month.due_cents > 0)
            for number, month in enumerate(others)
            if number < MONTHS or month.left_cents
        ),
        later=tuple(
            MonthLine(month=month.month, text=_month_text(month), is_due=False)
            for month in later
            if month is not last
        ),
    )


def _month_text(month: OwnMonth) -> str:
    texts = {"month": month_name(month.month).capitalize(), "sum": euros(month.total_cents)}
    if month.due_cents > 0:
        return _("%(month)s: %(sum)s, still owed %(left)s", **texts, left=euros(month.due_cents))
    if month.upcoming_cents:
        left = euros(month.upcoming_cents)
        return _("%(month)s: %(sum)s, upcoming %(left)s", **texts, left=left)
    if month.left_cents < 0:
        return _("%(month)s: %(sum)s, overpaid by %(left)s", **texts, left=euros(-month.left_cents))
    return _("%(month)s: %(sum)s, paid", **texts)


def own_statement(db: Session, place: Site, month: str, now: Utc) -> StatementView:
    """Return the member's own statement of a month at a place. Raises NotFound, Invalid."""
    who, site_id = actor(), place.id
    statement = money.own_statement(db, site_id, month, actor=who, now=now)
    versions = tariffs.of_site(db, site_id)
    key = PayerKey(PayerKind.MEMBER, who.member_id or "")
    return statement_view(
        statement,
        payments.of_statement(db, site_id, month, key),
        priced_items.names(db, site_id, versions),
        {version.id: version for version in versions},
        "",
        ZoneInfo(place.time_zone),
    )

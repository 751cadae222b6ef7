"""Versions of the tariff: added with the decision behind them, never changed."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.capabilities.billing import ledger, months
from controller.capabilities.billing.cents import Cents
from controller.capabilities.billing.kinds import Unit
from controller.capabilities.billing.models import ChargeRow, TariffDraft, TariffRow
from controller.capabilities.billing.news import TariffNews
from controller.capabilities.billing.permissions import MONEY_READ, MONEY_WRITE
from controller.capabilities.billing.rates import (
    ArticleRate,
    MachineRate,
    PassRate,
    Rate,
    SubscriptionRate,
    ZoneRate,
)
from controller.capabilities.billing.shapes import NewTariff, Tariff
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.places.changes import ZoneUses
from controller.capabilities.places.models import ZoneRow
from controller.capabilities.plans.models import PlanRow
from controller.domain.facts import PointKind
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor
from controller.kernel.errors import Conflict, Invalid
from controller.kernel.jsontypes import to_json
from controller.kernel.mapping import to_shape
from controller.kernel.outbox import post_news
from controller.kernel.paging import FIRST, Cursor, Page
from controller.kernel.paging import page as paged
from controller.kernel.read_memo import memoise
from controller.kernel.rows import at_sites, require_existing, resolve_site, visible
from controller.wire.ids import uuid7


def create(db: Session, new: NewTariff, *, actor: Actor, now: Utc) -> Tariff:
    """Add the next version. Raises Invalid, Forbidden; Conflict for a day of a closed month."""
    site_id = resolve_site(db, actor, MONEY_WRITE, new.site_id)
    ledger.lock(db, site_id)
    _check(db, site_id, new)
    last_number = select(func.max(TariffRow.number)).where(TariffRow.site_id == site_id)
    row = TariffRow(
        id=uuid7(),
        site_id=site_id,
        number=(db.scalar(last_number) or 0) + 1,
        valid_from=new.valid_from,
        decision=new.decision,
        vat_permille=new.vat_permille,
        vat_ground=new.vat_ground,
        rates=to_json(list(new.rates)),
        created_by=actor.ref,
        created_at=now,
    )
    db.add(row)
    db.flush()
    audit.record(db, actor, now, "tariff_set", f"tariff:{row.id}", site_id, number=row.number)
    post_news(db, TariffNews(site=site_id, key=row.id))
    return shape(row)


def take_back(db: Session, tariff_id: str, *, actor: Actor, now: Utc) -> Tariff:
    """Remove the last version, if it was a mistake, with those that were added with it.

    Raises NotFound, Forbidden; Conflict when another one follows, or a charge uses it.
    """
    row = visible(db, TariffRow, tariff_id, "tariff", actor, MONEY_READ)
    actor.require(MONEY_WRITE, row.site_id)
    ledger.lock(db, row.site_id)
    later = select(TariffRow).where(TariffRow.site_id == row.site_id, TariffRow.number > row.number)
    followers = db.scalars(later).all()
    rows = (row, *followers)
    used = select(ChargeRow.id).where(ChargeRow.tariff_id.in_([tariff.id for tariff in rows]))
    is_last = all(_is_added_with(follower, row) for follower in followers)
    if not is_last or db.scalar(used.limit(1)) is not None:
        raise Conflict("this version is not the last one, or charges use it")
    removed = shape(row)
    for tariff in rows:
        db.delete(tariff)
        subject, number = f"tariff:{tariff.id}", tariff.number
        audit.record(db, actor, now, "tariff_taken_back", subject, tariff.site_id, number=number)
    db.flush()
    if before := version_on(of_site(db, removed.site_id), removed.valid_from):
        post_news(db, TariffNews(site=removed.site_id, key=before.id))
    return removed


def get(db: Session, tariff_id: str, *, actor: Actor) -> Tariff:
    """Return one version. Raises NotFound."""
    return shape(visible(db, TariffRow, tariff_id, "tariff", actor, MONEY_READ))


def page(db: Session, *, actor: Actor, cursor: Cursor = FIRST) -> Page[Tariff]:
    """Return a page of the versions of the actor's sites."""
    statement = select(TariffRow).where(at_sites(TariffRow.site_id, actor.sites(MONEY_READ)))
    return paged(db, statement, TariffRow.id, cursor, lambda rows: [shape(row) for row in rows])


def of_site(db: Session, site_id: str) -> list[Tariff]:
    """Return all versions of a site, the oldest first."""
    rows = select(TariffRow).where(TariffRow.site_id == site_id)
    in_order = rows.order_by(TariffRow.valid_from, TariffRow.number)
    return memoise(db, ("tariffs", site_id), lambda: [*map(shape, db.scalars(in_order))])


def version_on(versions: list[Tariff], day: date) -> Tariff | None:
    """Return the version that is valid on a day; None: none yet."""
    started = [version for version in versions if version.valid_from <= day]
    return started[-1] if started else None


def prices_of_plans(db: Session, site_id: str, plans: Iterable[tuple[str, Utc]]) -> list[Cents]:
    """Return the price of each subscription that the tariff charges; `plans` are plan ids and the
    subscriptions' starts."""
    zone, versions = months.zone_of(db, site_id), of_site(db, site_id)
    prices: list[Cents] = []
    for plan_id, start in plans:
        tariff = version_on(versions, months.day_of(start, zone))
        prices += [
            Cents(rate.price_cents)
            for rate in (tariff.rates if tariff else ())
            if isinstance(rate, SubscriptionRate) and rate.plan_id == plan_id and rate.price_cents
        ]
    return prices


def effective(versions: list[Tariff]) -> list[Tariff]:
    """Return the versions that take effect, without those that another version of the same day
    replaces."""
    return list({version.valid_from: version for version in versions}.values())


def shape(row: TariffRow) -> Tariff:
    """Return a version in the API's form."""
    return to_shape(row, Tariff, rates=ledger.rates_of(row), version=1)


def key_of(rate: Rate) -> tuple[object, ...]:
    """Return what a rate is for; a tariff has at most one rate for each."""
    match rate:
        case MachineRate():
            return "machine", rate.access_point, rate.plan_id
        case ZoneRate():
            return "zone", rate.zone_id, rate.plan_id, rate.by
        case PassRate():
            return "pass", rate.plan_id, rate.pass_kind, rate.units
        case SubscriptionRate():
            return "subscription", rate.plan_id
        case ArticleRate():
            return "article", rate.id


def _is_added_with(follower: TariffRow, row: TariffRow) -> bool:
    """Return whether a version was added with another one, for a later day."""
    is_same = (follower.created_at, follower.created_by) == (row.created_at, row.created_by)
    return is_same and follower.valid_from > row.valid_from


def _check(db: Session, site_id: str, new: NewTariff) -> None:
    closed = months.last_closed(db, site_id)
    if months.month_of(new.valid_from) <= closed:
        raise Conflict(f"{closed} is closed: a tariff has to begin in an open month")
    if len({key_of(rate) for rate in new.rates}) < len(new.rates):
        raise Invalid.of("rates", "two rates for the same thing")
    _check_printers(new)
    of_machines = (rate for rate in new.rates if isinstance(rate, MachineRate | ArticleRate))
    machines = {rate.access_point for rate in of_machines if rate.access_point is not None}
    is_machine = AccessPointRow.kind == PointKind.MACHINE
    is_of_site = AccessPointRow.site_id == site_id
    require_existing(db, "rates", AccessPointRow.id, machines, is_of_site, is_machine)
    rooms = {rate.zone_id for rate in new.rates if isinstance(rate, ZoneRate)}
    require_existing(db, "rates", ZoneRow.id, rooms, ZoneRow.site_id == site_id)
    plans = {rate.plan_id for rate in new.rates if not isinstance(rate, ArticleRate)} - {None}
    require_existing(db, "rates", PlanRow.id, map(str, plans), PlanRow.site_id == site_id)


def _check_printers(new: NewTariff) -> None:
    articles = (rate for rate in new.rates if isinstance(rate, ArticleRate))
    printers = [article for article in articles if article.access_point is not None]
    if any(printer.unit is not Unit.GRAM for printer in printers):
        raise Invalid.of("rates", "the material of a printer has to be priced by the gram")
    if len({printer.access_point for printer in printers}) < len(printers):
        raise Invalid.of("rates", "two materials for one printer")


def add_use_of_zone(db: Session, asked: ZoneUses) -> None:
    """Add that a version of the tariff, or its draft, has a price for the zone."""
    for model in (TariffRow, TariffDraft):
        versions = db.scalars(select(model.rates).where(model.site_id == asked.site_id))
        if any(rate.get("zone_id") == asked.zone_id for rates in versions for rate in rates):
            asked.uses.append(TariffRow.__tablename__)

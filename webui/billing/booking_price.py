"""The price of a booking in words, before and after booking."""

from controller.capabilities.billing import machine_prices, months, room_prices
from controller.capabilities.bookings.booking_rights import last_moment_before
from controller.capabilities.bookings.week import BookableThing
from controller.capabilities.members import on_behalf, works_for
from controller.capabilities.organisations.models import OrganisationRow, ProjectRow
from controller.domain.time import Utc
from controller.kernel.database import Session
from controller.kernel.shapes import Label
from controller.policy.reading import from_json
from webui.billing import rate_form
from webui.billing.formatting import euros
from webui.billing.machine_cost import machine_cost
from webui.guard import actor, site, site_zone
from webui.i18n import _
from webui.naming import read_label


def booking_price(
    db: Session, thing: BookableThing, member_id: str | None, start: Utc, end: Utc, now: Utc
) -> tuple[str, ...]:
    """Return the price, and what a cancellation costs; empty: it has no price."""
    if thing.is_machine:
        return _machine(db, thing.id, member_id, start)
    room_price = room_prices.of_booking(db, site().id, thing.id, member_id, start, end, now=now)
    if room_price is None:
        return ()
    if not room_price.amount_cents:
        return _free(member_id)
    rate = rate_form.rate_sentence(room_price.rate).removesuffix(".")
    rule = _("Cancelling before it starts costs nothing; after that, the elapsed time is charged.")
    if member_id is None:
        return _("Price: %(rate)s.", rate=rate), rule
    price = euros(room_price.amount_cents)
    text = _("Price of this slot: %(price)s (%(rate)s).", price=price, rate=rate)
    return (text, *_payer(db, member_id, last_moment_before(end)), rule)


def _payer(db: Session, member_id: str, at: Utc) -> tuple[str, ...]:
    """Return who pays, if the member works for an organisation or project now."""
    chosen = works_for.current(db, [member_id]).get(member_id, works_for.NOBODY)
    if chosen == works_for.NOBODY:
        return ()
    if name := payer_name(db, member_id, at):
        return (_("Charged to: %(name)s.", name=name),)
    if member_id == actor().member_id:
        return (_("Charged to you: by then, nobody else pays for you any more."),)
    return (_("Charged to this person: by then, nobody else pays for them any more."),)


def payer_name(db: Session, member_id: str, at: Utc) -> str:
    """Return the organisation or project that pays for a member's use then; empty: they do."""
    chosen = works_for.current(db, [member_id]).get(member_id, works_for.NOBODY)
    payer = on_behalf.still_valid(db, site().id, chosen, at)
    if payer.organisation_id is not None:
        name = db.get_one(OrganisationRow, payer.organisation_id).name
    elif payer.project_id is not None:
        name = db.get_one(ProjectRow, payer.project_id).name
    else:
        return ""
    return read_label(from_json(name, Label))


def _free(member_id: str | None) -> tuple[str, ...]:
    if member_id is None:
        return ()
    if member_id == actor().member_id:
        return (_("This slot is free of charge for you."),)
    return (_("This slot is free of charge for this person."),)


def _machine(db: Session, machine: str, member_id: str | None, start: Utc) -> tuple[str, ...]:
    day = months.day_of(start, site_zone())
    prices = machine_prices.prices_of_machine(db, site().id, machine, day)
    if prices is None or not (prices.everybody or prices.by_plan):
        return ()
    text = machine_cost(prices, "").sentence
    payer = _payer(db, member_id, start) if member_id is not None else ()
    return (_("Booking costs nothing. Use: %(price)s", price=text), *payer)

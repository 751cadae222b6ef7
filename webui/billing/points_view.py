"""What is to be checked before a month is closed, and why it can't be closed yet."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from zoneinfo import ZoneInfo

from flask import url_for

from controller.capabilities.billing.item_details import ItemDetails
from controller.capabilities.billing.review_points import OpenItem, Point, ReviewReason
from controller.capabilities.billing.statements import Obstacle
from controller.domain.time import Utc
from webui.billing.formatting import euros, payer_name
from webui.i18n import _, current, plural
from webui.i18n.dates import clock, day, format_remaining, month_name


@dataclass(frozen=True, slots=True, kw_only=True)
class PointLine:
    """Something to check before closing the month, with two links."""

    icon: str
    who: str
    what: str
    ways: tuple[tuple[str, str], ...] = ()
    """Links: text and address."""
    press: tuple[str, str] | None = None
    """A form that decides it, for those who decide about money: text and address."""
    grams: str | None = None
    """The initial value of the form's field for a weight; None: it has no such field."""
    price: str = ""
    """What that weight costs, in words."""
    not_here: str = ""
    """Why the form is missing for this account."""


_UNKNOWN = ItemDetails(person="", file="", is_own=False)


def obstacle_words(problem: Obstacle, month: str) -> tuple[str, str]:
    """Return why a month can't be closed, and what to do."""
    name = month_name(month)
    match problem:
        case Obstacle.CLOSED:
            return _("%(month)s is closed", month=name.capitalize()), ""
        case Obstacle.NOT_OVER:
            return (
                _("The month is not over"),
                _("Until then, this is a preview of the amounts so far."),
            )
        case Obstacle.EARLIER_OPEN:
            return (
                _("An earlier month is still open"),
                _("Months are closed in order: close that one, then come back to this one."),
            )
        case Obstacle.BEHIND:
            return (
                _("Some uses are not priced yet"),
                _("Closing the month prices them first, then asks you to confirm the total."),
            )


def point_line(
    point: Point, month: str, now: Utc, zone: ZoneInfo, details: Mapping[str, ItemDetails]
) -> PointLine:
    """Return the view of something to check before closing."""
    if point.item is not None:
        item_details = details.get(point.item.id, _UNKNOWN)
        return _open_item_line(point, point.item, item_details, now, zone)
    key, name = str(point.key), payer_name(point.payer)
    href = url_for("money.show", month=month, open=key, _anchor=f"p-{key}")
    if point.missing is ReviewReason.UNSEEN:
        what = plural(
            "%(n)s use with the power on, but no work measured. Nothing is charged.",
            "%(n)s uses with the power on, but no work measured. Nothing is charged.",
            point.count,
        )
        ways = ((_("See"), href), (_("Charge manually"), url_for("money.sale")))
        return PointLine(icon="wifi-off", who=name, what=what, ways=ways)
    if point.missing is ReviewReason.NO_END:
        what = plural(
            "%(n)s use whose end no box told. What was told is counted.",
            "%(n)s uses whose end no box told. What was told is counted.",
            point.count,
        )
        return PointLine(icon="wifi-off", who=name, what=what, ways=((_("See"), href),))
    if point.missing is ReviewReason.NO_TIME:
        what = plural(
            "%(n)s use at a box without a clock. Its day is an estimate.",
            "%(n)s uses at a box without a clock. Their days are estimates.",
            point.count,
        )
        return PointLine(icon="wifi-off", who=name, what=what, ways=((_("See"), href),))
    if point.missing is ReviewReason.NO_PRINT_END:
        what = plural(
            "%(n)s print whose end was never reported. Its expected weight is charged.",
            "%(n)s prints whose end was never reported. Their expected weight is charged.",
            point.count,
        )
        return PointLine(icon="printer", who=name, what=what, ways=((_("See"), href),))
    what = (
        _("Without a SIRET, the statement would be rejected.")
        if point.missing is ReviewReason.SIRET
        else _("Without a commitment number, the statement may be rejected.")
    )
    typed = url_for("money.invoicing", month=month, payer=key)
    return PointLine(
        icon="landmark",
        who=_("%(name)s, %(amount)s", name=name, amount=euros(point.total_cents)),
        what=what,
        ways=((_("Enter it"), typed), (_("See"), href)),
    )


def _open_item_line(
    point: Point, item: OpenItem, details: ItemDetails, now: Utc, zone: ZoneInfo
) -> PointLine:
    """Return the view of a use that is charged once somebody decides that it is."""
    payer = payer_name(point.payer)
    at = _("%(day)s at %(time)s", day=day(item.at, now, zone), time=clock(item.at, zone))
    person = details.person if details.person != payer else ""
    use = ", ".join(filter(None, (person, item.machine.read(current()), at, details.file)))
    not_here = _("It concerns you, so somebody else decides.") if details.is_own else ""
    charge = (_("Charge manually"), url_for("money.sale"))
    if point.missing is ReviewReason.NOBODYS_PRINT:
        weight = _("%(n)s g", n=ceil(item.grams)) if item.grams else ""
        printed = ", ".join(filter(None, (at, details.file, weight)))
        text = _(
            "%(use)s: nobody had tapped when this print began. Nothing is charged.", use=printed
        )
        machine = item.machine.read(current())
        return PointLine(icon="printer", who=machine, what=text, ways=(charge,))
    if point.missing is ReviewReason.NOBODYS_USE:
        text = _("%(use)s: used with a badge of nobody. Nothing is charged.", use=at)
        return PointLine(
            icon="triangle-alert", who=item.machine.read(current()), what=text, ways=(charge,)
        )
    if point.missing is ReviewReason.UNTOLD:
        text = _(
            "%(use)s: this printer worked for %(duration)s without reporting a print. What it used "
            "then is not charged.",
            use=use,
            duration=format_remaining(item.worked_s),
        )
        return PointLine(icon="printer", who=payer, what=text, ways=(charge,))
    if point.missing is ReviewReason.WEIGHT:
        grams = ceil(item.grams or 0)
        return PointLine(
            icon="printer",
            who=payer,
            what=_(
                "%(use)s: the printer did not report the weight of this print. Enter it to charge "
                "its material, or charge nothing.",
                use=use,
            ),
            press=None if details.is_own else (_("Charge"), url_for("prints.weigh", job=item.id)),
            grams=f"{grams or ''}",
            price=plural(
                "%(n)s g costs %(amount)s.",
                "%(n)s g cost %(amount)s.",
                grams,
                amount=euros(item.cents),
            )
            if grams
            else "",
            not_here=not_here,
        )
    if point.missing is ReviewReason.LESS_PRINTED:
        text = _(
            "%(use)s: the end of this print was reported after its expected weight was charged, "
            "and it used less. The difference is refunded.",
            use=use,
        )
        return PointLine(icon="printer", who=payer, what=text)
    if point.missing is ReviewReason.PRINTING:
        text = _(
            "%(use)s: the end of this print is not reported yet. A week after it began, its "
            "expected weight is charged.",
            use=use,
        )
        return PointLine(icon="printer", who=payer, what=text)
    press = (_("Charge that person"), url_for("usage.confirm", session=item.id))
    return PointLine(
        icon="triangle-alert",
        who=payer,
        what=_(
            "%(use)s: used with a badge that this person no longer had. Nothing is charged unless "
            "you decide that they pay.",
            use=use,
        ),
        press=None if details.is_own else press,
        not_here=not_here,
    )

"""The tariff: prices as sentences, and a draft of changes that shows their effect first."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.billing import (
    adoption,
    drafts,
    months,
    priced_items,
    retroactive,
    tariffs,
)
from controller.capabilities.billing.kinds import SourceKind, Unit
from controller.capabilities.billing.permissions import MONEY_READ, MONEY_WRITE
from controller.capabilities.billing.priced_items import Names
from controller.capabilities.billing.rates import Rate
from controller.capabilities.billing.retroactive import ChangedMonth
from controller.capabilities.billing.shapes import OUT_OF_SCOPE, Tariff
from controller.kernel.database import Session
from controller.kernel.errors import Conflict, Invalid, Stale
from webui.billing import rate_form, tariff_form
from webui.billing.formatting import label, percent
from webui.billing.pages import pages
from webui.billing.tariff_view import (
    RateView,
    Version,
    adopted_words,
    change_words,
    effect_words,
    planned_words,
    rate_view,
    rate_views,
    rates_by_group,
    save_words,
    version_views,
)
from webui.context import context
from webui.guard import actor, is_allowed, site, site_zone
from webui.i18n import _, plural
from webui.navigation import MONEY, Nav
from webui.parts import Option
from webui.undo import done_with_undo, flash_done


@dataclass(frozen=True, slots=True, kw_only=True)
class TariffPage:
    """What the page shows: prices in force, prices decided for later, and the last versions."""

    versions: tuple[Version, ...]
    vat: str
    rates: tuple[tuple[str, tuple[RateView, ...]], ...]
    """The prices under the name of each group."""
    next: int
    """Number of the next version."""
    things: tuple[Option, ...]
    units: tuple[Option, ...]
    printers: tuple[Option, ...]
    """Machines whose prints may use a material."""
    may_write: bool
    draft: str
    """How many prices are in the draft, as text; empty: none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftRate:
    """A price in the draft, and the effect that it would have had last month."""

    key: str
    rate: RateView
    effect: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftPage:
    """The draft of the next version."""

    number: int
    rates: tuple[DraftRate, ...]
    typed: Mapping[str, str]
    prefilled: int
    """The version from which the form has its VAT; 0: none."""
    draft_at: str
    """When it was last changed; the decision is refused if somebody has changed it since."""
    planned: tuple[str, ...]
    """Versions that take effect later, and what they mean for this one."""
    wrong: Mapping[str, str]
    changes: tuple[str, ...]
    """How existing statements would change, which has to be confirmed once; empty: they don't."""
    save: str


class _ConfirmationNeeded(Exception):
    """The new tariff would change existing statements, and this has not been confirmed yet."""

    def __init__(self, changes: Sequence[ChangedMonth]) -> None:
        super().__init__()
        self.changes = changes


@pages.get(
    "/tariffs",
    MONEY_READ,
    nav=Nav(
        entry=MONEY,
        icon="receipt-euro",
        text=lambda: _("Tariffs"),
        place=20,
        also="tariffs prices rates costs tarifs prix",
    ),
)
def tariff() -> ResponseReturnValue:
    """Show every price in force, and those decided for later."""
    with context().database.read() as db:
        versions = _versions(db)
        names = priced_items.names(db, site().id, versions)
        may_write = is_allowed(MONEY_WRITE)
        waiting = len(drafts.of_site(db, site().id, actor=actor())) if may_write else 0
    last, today = versions[-1] if versions else None, _today()
    in_force = tariffs.version_on(versions, today)
    page = TariffPage(
        versions=version_views(versions, in_force, today),
        vat=_vat(in_force or last),
        rates=rates_by_group(rate_views(versions, in_force, names)),
        next=_next_number(versions),
        things=_item_options(names),
        units=_units(),
        printers=_printers(names),
        may_write=may_write,
        draft=plural("%(n)s price to decide", "%(n)s prices to decide", waiting) if waiting else "",
    )
    return render_template("money/tariff.html", page=page)


@pages.post("/tariffs/draft", MONEY_WRITE)
def draft_price() -> ResponseReturnValue:
    """Add a price to the draft of the next version, or change one that is in it."""
    typed = {key: text.strip() for key, text in request.form.items()}
    try:
        rate = rate_form.read(typed)
    except Invalid:
        flash(_("Enter a price such as 1.50, and minutes as a whole number."), "wrong")
        return redirect(url_for("money.tariff"), 303)
    _change_draft(lambda rates: drafts.with_rate(rates, rate))
    return redirect(url_for("money.draft"), 303)


@pages.post("/tariffs/draft/remove", MONEY_WRITE)
def remove_price() -> ResponseReturnValue:
    """Remove a price from the draft."""
    key = request.form.get("key", "")
    _change_draft(lambda rates: [rate for rate in rates if _key(rate) != key])
    return redirect(url_for("money.draft"), 303)


@pages.get("/tariffs/draft", MONEY_WRITE)
def draft() -> ResponseReturnValue:
    """Show the draft: changed prices, their effect on last month, and the form of the decision.

    Shows the tariff if the draft is empty.
    """
    with context().database.read() as db:
        is_empty = not drafts.of_site(db, site().id, actor=actor())
    if is_empty:
        return tariff()
    return _draft({"valid_from": _next_month().isoformat()}, {})


@pages.post("/tariffs", MONEY_WRITE)
def decide() -> ResponseReturnValue:
    """Make the draft the next version, with its first day and its decision."""
    typed = {key: text.strip() for key, text in request.form.items()}
    web = context()
    try:
        with web.database.write() as db:
            changed = drafts.of_site(db, site().id, actor=actor())
            if not changed:
                return redirect(url_for("money.tariff"), 303)
            if typed.get("draft_at") != drafts.changed_at(db, site().id):
                raise Stale("somebody has changed the draft since")
            versions = _versions(db)
            typed = tariff_form.without_prefilled(typed, versions)
            new = tariff_form.read(typed, changed, versions)
            adopted, *followers = adoption.adopt(db, new, actor=actor(), now=web.clock())
            if (
                adopted.valid_from <= _today()
                and typed.get("sure") != adopted.valid_from.isoformat()
            ):
                _require_confirmation(db, adopted.valid_from)
            drafts.put(db, site().id, (), actor=actor(), now=web.clock())
    except _ConfirmationNeeded as asked:
        return _draft(typed, {}, asked.changes), 422
    except Invalid as problem:
        return _draft(typed, tariff_form.refusals(problem)), 422
    except Stale:
        flash(_("Nothing was decided: somebody else has changed this draft. Check it."), "wrong")
        return _draft(typed, {}), 422
    except Conflict:
        return _draft(typed, {"valid_from": _("That day is in a closed month.")}), 422
    done_with_undo(adopted_words(adopted, followers), "money.take_back_tariff", tariff=adopted.id)
    return redirect(url_for("money.tariff"), 303)


def _require_confirmation(db: Session, since: date) -> None:
    changes = retroactive.changes(db, site().id, since, actor=actor(), now=context().clock())
    if changes:
        raise _ConfirmationNeeded(changes)


@pages.post("/tariffs/<tariff>/take-back", MONEY_WRITE)
def take_back_tariff(tariff: str) -> ResponseReturnValue:
    """Withdraw a version that was decided by mistake; its prices become a draft again."""
    web = context()
    try:
        with web.database.write() as db:
            withdrawn = tariffs.take_back(db, tariff, actor=actor(), now=web.clock())
            before = tariffs.version_on(_versions(db), withdrawn.valid_from)
            old = before.rates if before else ()
            changed = [rate for rate in withdrawn.rates if rate not in old]
            drafts.put(db, site().id, changed, actor=actor(), now=web.clock())
    except Conflict:
        flash(
            _(
                "This tariff has been used, or another one follows it: it can no longer be "
                "withdrawn."
            ),
            "wrong",
        )
        return redirect(url_for("money.tariff"), 303)
    flash_done(_("Tariff %(n)s withdrawn: its prices are a draft again.", n=withdrawn.number))
    return redirect(url_for("money.draft"), 303)


def _change_draft(change: Callable[[Sequence[Rate]], Sequence[Rate]]) -> None:
    web = context()
    with web.database.write() as db:
        rates = drafts.of_site(db, site().id, actor=actor())
        drafts.put(db, site().id, change(rates), actor=actor(), now=web.clock())


def _next_number(versions: Sequence[Tariff]) -> int:
    return max((version.number for version in versions), default=0) + 1


def _key(rate: Rate) -> str:
    return " ".join(map(str, tariffs.key_of(rate)))


def _versions(db: Session) -> list[Tariff]:
    return tariffs.of_site(db, site().id)


def _vat(last: Tariff | None) -> str:
    """Return the VAT that prices include as a text, or why there is none."""
    if last is None or not last.vat_permille:
        return last.vat_ground if last else OUT_OF_SCOPE
    return _("%(vat)s, included in the prices.", vat=percent(last.vat_permille))


def _draft(
    typed: Mapping[str, str], wrong: Mapping[str, str], changes: Sequence[ChangedMonth] = ()
) -> str:
    month = months.month_after(months.month_of(_today()), -1)
    with context().database.read() as db:
        versions = _versions(db)
        names = priced_items.names(db, site().id, versions)
        before = tariffs.version_on(versions, tariff_form.day_of(typed) or _next_month())
        old = before.rates if before else ()
        changed = drafts.of_site(db, site().id, actor=actor())
        draft_at = drafts.changed_at(db, site().id)
        effects = [
            drafts.effect(db, site().id, month, old, rate, actor=actor()) for rate in changed
        ]
    number = _next_number(versions)
    page = DraftPage(
        number=number,
        rates=tuple(
            DraftRate(
                key=_key(rate),
                rate=rate_view(rate, names),
                effect=effect_words(month, cost, new_cost),
            )
            for rate, (cost, new_cost) in zip(changed, effects, strict=True)
        ),
        typed={**tariff_form.vat_fields(before), **typed},
        prefilled=before.number if before else 0,
        draft_at=draft_at,
        planned=planned_words(versions, _today(), number),
        wrong=wrong,
        changes=tuple(map(change_words, changes)),
        save=save_words(number, sum(change.statements for change in changes)),
    )
    return render_template("money/draft.html", page=page)


def _item_options(names: Names) -> tuple[Option, ...]:
    kinds = {
        SourceKind.SESSION: ("machine", _("Machine: %(name)s")),
        SourceKind.BOOKING: ("zone", _("Room: %(name)s")),
        SourceKind.PASS: ("pass", _("Pass: %(name)s")),
        SourceKind.SUBSCRIPTION: ("subscription", _("Plan: %(name)s")),
    }
    options = [
        Option(value=f"{kinds[kind][0]}:{thing}", text=kinds[kind][1] % {"name": label(name)})
        for (kind, thing), name in names.items()
        if kind in kinds
    ]
    return tuple(sorted(options, key=lambda option: option.text.casefold()))


def _printers(names: Names) -> tuple[Option, ...]:
    nothing = Option(value="", text=_("none: sold at the desk"))
    machines = [
        Option(value=thing, text=label(name))
        for (kind, thing), name in names.items()
        if kind is SourceKind.SESSION
    ]
    return (nothing, *sorted(machines, key=lambda machine: machine.text.casefold()))


def _units() -> tuple[Option, ...]:
    words = {
        Unit.PIECE: _("by the piece"),
        Unit.SHEET: _("by the sheet"),
        Unit.GRAM: _("by the gram"),
        Unit.COURSE: _("a place on a course"),
    }
    return tuple(Option(value=unit.value, text=text) for unit, text in words.items())


def _today() -> date:
    return months.day_of(context().clock(), site_zone())


def _next_month() -> date:
    return date.fromisoformat(f"{months.month_after(months.month_of(_today()))}-01")

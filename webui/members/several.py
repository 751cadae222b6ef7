"""Bulk operations on chosen members: preview for each, then the operation, which can be undone."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.members import several as suspending
from controller.capabilities.members.several import MAX_MEMBERS, chosen_members
from controller.capabilities.plans import member_search, renewals
from controller.capabilities.plans.lengths import Length
from controller.capabilities.plans.member_filter import parse_member_filter
from controller.capabilities.training import certify_several
from controller.domain.facts import Level
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.bulk_operation import BulkOperation, Outcome, batches
from controller.kernel.database import Session
from controller.kernel.errors import Forbidden
from webui.billing.plan_prices import SubscriptionPrices
from webui.context import context
from webui.feature import Pages
from webui.guard import actor, is_allowed, is_htmx_request, site, site_zone
from webui.i18n.dates import last_day
from webui.members.add_member import plan_names
from webui.members.holdings import certification_names
from webui.members.member_action import LONGEST_REASON, refusal, refuse
from webui.members.several_view import (
    BulkAction,
    Choice,
    EffectLine,
    SeveralPage,
    action_options,
    certification_line,
    done_text,
    renewal_line,
    suspension_line,
    undone_text,
)
from webui.undo import done_with_undo, flash_done

LONGEST_QUERY = 80
"""Longest search text that is read; the rest is cut off."""
pages = Pages("several", __name__)
_READ = Permission.MEMBERS_READ
"""The permission for the page; each operation checks its own."""
_ApplyBatch = Callable[[Session, list[str], Utc], Outcome]


@pages.post("/members/several", _READ)
def show() -> ResponseReturnValue:
    """Show a preview of the operation for each chosen member."""
    whole = not is_htmx_request() or "whole" in request.form
    page = _page(_choice(as_shown=whole))
    if is_htmx_request():
        return render_template("members/chosen.html", page=page, whole=whole)
    shown = render_template("members/several.html", page=page, whole=True)
    return shown, 200 if page.lines else 422


@pages.post("/members/several/do", _READ)
def do() -> ResponseReturnValue:
    """Run the operation on the members to whom it applies, one transaction per batch.

    Repeating the request changes nothing more.
    """
    choice = _choice(as_shown=True)
    if choice.action is BulkAction.SUSPEND and not choice.reason:
        page = _page(choice, reason_missing=True)
        return render_template("members/several.html", page=page, whole=True), 422
    try:
        outcome = _in_batches(_operation_for(choice), list(choice.ids))
    except Forbidden as error:
        refuse(refusal(error))
    else:
        text = done_text(choice.action, outcome, _cost(choice))
        done_with_undo(
            text,
            "several.take_back",
            bulk_action=choice.action,
            act=choice.operation.id,
            **_list_arguments(choice.query, choice.state),
        )
    return redirect(url_for("members.search", **_list_arguments(choice.query, choice.state)), 303)


@pages.post("/members/several/take-back", _READ)
def take_back() -> ResponseReturnValue:
    """Undo the whole operation."""
    try:
        action = BulkAction(request.form.get("bulk_action", ""))
        operation = BulkOperation.parse(request.form.get("act", ""))
    except ValueError:
        abort(400)
    with context().database.read() as db:
        ids = _affected_ids(db, action, operation)
    try:
        outcome = _in_batches(_undo_of(action, operation), ids)
    except Forbidden as error:
        refuse(refusal(error))
    else:
        flash_done(undone_text(outcome))
    return redirect(url_for("members.search", **_list_arguments(*_read_filter())), 303)


def _read_filter() -> tuple[str, str]:
    form = request.form
    return form.get("q", "")[:LONGEST_QUERY].strip(), form.get("state", "")


def _list_arguments(query: str, state: str) -> dict[str, Any]:
    """Return the arguments of the list's address: its search and its filter."""
    return {name: text for name, text in (("q", query), ("state", state)) if text}


def _choice(*, as_shown: bool) -> Choice:
    """Return what the form says, with defaults for missing fields.

    With `as_shown` the choice is of the members whose preview was shown; otherwise, of those who
    are ticked now.
    """
    form = request.form
    query, state = _read_filter()
    usual = BulkAction.RENEW if is_allowed(Permission.MEMBERS_WRITE) else BulkAction.CERTIFY
    ids, more = form.get("chosen", "").split(), False
    if not (as_shown and ids):
        ids, more = _ticked_members(query, state)
    try:
        return Choice(
            action=BulkAction(form.get("bulk_action", usual)),
            ids=tuple(dict.fromkeys(ids))[:MAX_MEMBERS],
            more=more or len(ids) > MAX_MEMBERS,
            length=Length(form.get("length", Length.YEAR)),
            certification=form.get("certification", ""),
            level=_level(form.get("level", Level.USER)),
            reason=form.get("reason", "").strip()[:LONGEST_REASON],
            operation=BulkOperation.parse(form["act"])
            if form.get("act")
            else BulkOperation.begin(context().clock()),
            query=query,
            state=state,
        )
    except ValueError:
        abort(400)


def _ticked_members(query: str, state: str) -> tuple[list[str], bool]:
    if "every" not in request.form:
        return request.form.getlist("member"), False
    member_filter, now = parse_member_filter(state), context().clock()
    with context().database.read() as db:
        return member_search.ids(
            db, query, standing=member_filter, actor=actor(), now=now, limit=MAX_MEMBERS
        )


def _level(text: str) -> Level:
    """Return the level. Raises ValueError if it can't be given to several members."""
    if text not in certify_several.LEVELS:
        raise ValueError(text)
    return Level(text)


def _page(choice: Choice, *, reason_missing: bool = False) -> SeveralPage:
    with context().database.read() as db:
        offered = certify_several.offered_certifications(
            db, site().id, actor=actor(), now=context().clock()
        )
        certifications = certification_names(db)
        lines = tuple(_lines(db, choice))
        if (
            "bulk_action" not in request.form
            and offered
            and lines
            and all(line.why for line in lines)
        ):
            # start with what may work for somebody
            choice = replace(choice, action=BulkAction.CERTIFY)
            lines = tuple(_lines(db, choice))
        return SeveralPage(
            choice=choice,
            actions=action_options(is_allowed(Permission.MEMBERS_WRITE), bool(offered)),
            certifications=tuple(
                (key, certifications[key].name) for key in offered if key in certifications
            ),
            lines=lines,
            reason_missing=reason_missing,
            may_label=is_allowed(Permission.CREDENTIALS_WRITE),
        )


def _lines(db: Session, choice: Choice) -> list[EffectLine]:
    rows, place = chosen_members(db, choice.ids, site().id, actor=actor()), site()
    now, zone = context().clock(), site_zone()
    if choice.action is BulkAction.SUSPEND:
        return [
            suspension_line(suspension)
            for suspension in suspending.preview_suspension(rows, place.id)
        ]
    if choice.action is BulkAction.RENEW:
        names = plan_names(db)
        previews = renewals.preview_renewals(db, rows, place.id, choice.length, now)
        prices = SubscriptionPrices(db)
        return [
            renewal_line(renewal, names, lambda end: last_day(end, now, zone), prices)
            for renewal in previews
        ]
    key, level = choice.certification, choice.level
    if not key:
        return [EffectLine(name=row.display_name, member_id=row.id) for row in rows]
    effects = certify_several.preview(db, rows, key, level, actor=actor(), now=now)
    return [certification_line(effect) for effect in effects]


def _operation_for(choice: Choice) -> _ApplyBatch:
    def suspend(db: Session, ids: list[str], now: Utc) -> Outcome:
        ids_here = [row.id for row in chosen_members(db, ids, site().id, actor=actor())]
        return suspending.suspend(
            db, ids_here, choice.reason, choice.operation, actor=actor(), now=now
        )

    def renew(db: Session, ids: list[str], now: Utc) -> Outcome:
        site_id = site().id
        return renewals.renew(
            db, ids, site_id, choice.length, choice.operation, actor=actor(), now=now
        )

    def certify(db: Session, ids: list[str], now: Utc) -> Outcome:
        rows, key = chosen_members(db, ids, site().id, actor=actor()), choice.certification
        if key not in certify_several.offered_certifications(db, site().id, actor=actor(), now=now):
            raise Forbidden("this needs a trainer of that certification, or a manager of the site")
        level, operation = choice.level, choice.operation
        return certify_several.certify(db, rows, key, level, operation, actor=actor(), now=now)

    return {BulkAction.SUSPEND: suspend, BulkAction.RENEW: renew, BulkAction.CERTIFY: certify}[
        choice.action
    ]


def _cost(choice: Choice) -> int:
    """Return what the subscriptions cost that the operation has created."""
    if choice.action is not BulkAction.RENEW:
        return 0
    with context().database.read() as db:
        prices = SubscriptionPrices(db)
        renewed = renewals.renewed_plans(db, choice.operation)
        return sum(prices.cents(plan, start) for plan, start in renewed)


def _affected_ids(db: Session, action: BulkAction, operation: BulkOperation) -> list[str]:
    find = {
        BulkAction.SUSPEND: suspending.suspended_members,
        BulkAction.RENEW: renewals.renewed_subscriptions,
        BulkAction.CERTIFY: certify_several.certified_members,
    }
    return find[action](db, operation)


def _undo_of(action: BulkAction, operation: BulkOperation) -> _ApplyBatch:
    def undo(db: Session, ids: list[str], now: Utc) -> Outcome:
        if action is BulkAction.RENEW:
            return renewals.take_back(db, ids, actor=actor(), now=now)
        if action is BulkAction.SUSPEND:
            return suspending.reinstate(db, ids, operation, actor=actor(), now=now)
        return certify_several.take_back(db, ids, operation, actor=actor(), now=now)

    return undo


def _in_batches(apply_batch: _ApplyBatch, ids: list[str]) -> Outcome:
    """Apply each batch in its own transaction, so that others can write in between."""
    web, outcome = context(), Outcome()
    for number, batch in enumerate(batches(ids)):
        if number:
            web.database.give_way()
        with web.database.write() as db:
            outcome += apply_batch(db, batch, web.clock())
    return outcome

"""Record that a member has left, after a preview of what ends; or that the member is back."""

from dataclasses import dataclass

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.badges import credentials
from controller.capabilities.billing import sales
from controller.capabilities.billing.permissions import MONEY_TAKE
from controller.capabilities.members import members
from controller.capabilities.members.changes import NeedsAdmin
from controller.capabilities.members.shapes import Member
from controller.capabilities.plans.changes import WasSold
from controller.capabilities.plans.shapes import Pass, Subscription
from controller.domain.facts import CredentialStatus, MemberStatus
from controller.kernel.actor import Permission
from controller.kernel.errors import Forbidden, Invalid, NotFound, ServiceError
from webui.billing.plan_prices import paid_note
from webui.context import context
from webui.feature import Pages
from webui.guard import actor, is_allowed, site_zone
from webui.i18n import _
from webui.members import coverage
from webui.members.add_member import plan_names
from webui.members.holdings import MemberHoldings
from webui.members.member_action import (
    away_from_home,
    back,
    known_here,
    reason,
    refusal,
    run_action,
)
from webui.members.member_presenter import get_member
from webui.members.member_view import ComingLine
from webui.members.moves import owed_text
from webui.members.reading import MemberReader
from webui.plans.pages import refusal_of_sold
from webui.undo import flash_done

pages = Pages("departures", __name__)
_WRITE = Permission.MEMBERS_WRITE


@dataclass(frozen=True, slots=True, kw_only=True)
class LeavePage:
    """The page: what ends when the member leaves, typed values, and errors."""

    member: Member
    ends: tuple[str, ...]
    """Subscriptions and passes that end earlier."""
    withdrawn: tuple[str, ...]
    """Subscriptions that have not begun."""
    sold: tuple[tuple[str, str, str], ...]
    """Subscriptions that have not begun, and whose sale has to be cancelled first: name, receipt
    number, and the receipt's address."""
    owed: str
    """The sum that the member still owes, for readers who may handle money; empty: nothing."""
    paid: str
    """What was paid for those that are withdrawn; empty: nothing."""
    coming: tuple[ComingLine, ...]
    lent: tuple[str, ...] = ()
    """The ends of the numbers of badges that they have to return."""
    reason: str = ""
    wrong: str = ""
    wrong_reason: str = ""


@pages.get("/members/<member>/leave", _WRITE)
def ask(member: str) -> ResponseReturnValue:
    """Show what ends, and the button; redirect if the member has left already."""
    person = get_member(member)
    if person.status is MemberStatus.LEFT:
        return back(member)
    return away_from_home(person) or _render(member)


@pages.post("/members/<member>/leave", _WRITE)
def leave(member: str) -> ResponseReturnValue:
    """Record that the member has left; everything that the page lists ends now."""
    if answer := away_from_home(get_member(member)):
        return answer
    why, web = reason(), context()
    try:
        with web.database.write() as db:
            person = known_here(db, member)
            patch = {"status": MemberStatus.LEFT.value, "reason": why}
            members.change(db, member, patch, version=None, actor=actor(), now=web.clock())
    except NotFound:
        abort(404)
    except Invalid:
        return _render(
            member, wrong_reason=_("Give a reason: a subscription or a pass ends early.")
        ), 422
    except ServiceError as error:
        return _render(member, wrong=_departure_refusal(error)), 422
    flash_done(_("Recorded: %(name)s has left.", name=person.display_name))
    return redirect(url_for("member.show", member=member), 303)


@pages.post("/members/<member>/come-back", _WRITE)
def come_back(member: str) -> ResponseReturnValue:
    """Record that the member is back; this restores no subscription, badge or role."""
    text = _("A member again. Badges and subscriptions are not restored: give what is needed.")
    return run_action(
        member,
        lambda db, now: members.come_back(db, member, actor=actor(), now=now),
        lambda _member: flash_done(text),
        conflict=_return_refusal,
    )


def _render(member: str, *, wrong: str = "", wrong_reason: str = "") -> str:
    web, zone = context(), site_zone()
    with web.database.read() as db:
        person = known_here(db, member)
        reader = MemberReader(db=db, who=actor(), now=web.clock(), zone=zone, member=member)
        names, unexpired = plan_names(db), coverage.unexpired_plans(reader)
        later = [
            plan
            for plan in unexpired
            if plan.valid_from >= reader.now and isinstance(plan, Subscription)
        ]
        sale_payments = sales.sold_by(db, member, [plan.id for plan in later])

        def name(plan: Subscription | Pass) -> str:
            return coverage.period_text(plan, names, reader)

        page = LeavePage(
            member=person,
            ends=tuple(name(plan) for plan in unexpired if plan not in later),
            withdrawn=tuple(name(plan) for plan in later if plan.id not in sale_payments),
            sold=tuple(
                (name(plan), sale_payments[plan.id].receipt, _receipt(sale_payments[plan.id].id))
                for plan in later
                if plan.id in sale_payments
            ),
            owed=owed_text(db, member, reader.now),
            paid=paid_note(db, [plan.id for plan in later if plan.id not in sale_payments]),
            coming=MemberHoldings(reader).upcoming(),
            lent=tuple(
                badge.value[-4:]
                for badge in credentials.page(db, actor=actor(), member_id=member).items
                if badge.lent and badge.status is not CredentialStatus.LOST
            ),
            reason=request.form.get("reason", ""),
            wrong=wrong,
            wrong_reason=wrong_reason,
        )
    return render_template("members/leave.html", page=page)


def _receipt(payment: str) -> str:
    """Return the address of a receipt; empty: the reader may not see it."""
    return url_for("money.receipt", payment=payment) if is_allowed(MONEY_TAKE) else ""


def _departure_refusal(error: ServiceError) -> str:
    if isinstance(error, WasSold):
        return refusal_of_sold(error)
    if isinstance(error, Forbidden) and not isinstance(error, NeedsAdmin):
        return _(
            "A manager has to record it: a manager suspended this person, a subscription that "
            "has not begun would be withdrawn, an offline box may still report days of their pass, "
            "or a project of which they are the last member still owes money. Nobody records it "
            "about themselves."
        )
    return refusal(error, _("This person is the last admin of a place: name another first."))


def _return_refusal(error: ServiceError) -> str:
    if isinstance(error, Forbidden):
        return _(
            "A manager recorded that this person has left, or suspended them: a manager records "
            "that they are back."
        )
    return refusal(error)

"""Adding a member in one line: name, badge and plan; possible duplicates are shown first."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.badges import credentials
from controller.capabilities.badges.shapes import NewCredential
from controller.capabilities.desk import unknown
from controller.capabilities.members import members
from controller.capabilities.members.shapes import Member, NewMember
from controller.capabilities.plans import member_search, plans, subscriptions
from controller.capabilities.plans.shapes import NewSubscription
from controller.domain.ids import CredentialId
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.kernel.errors import Conflict, Forbidden, Invalid, ServiceError
from controller.kernel.read_memo import memoise
from controller.kernel.validate import parse
from webui.badges.numbers import read_number
from webui.billing.plan_prices import SubscriptionPrices, plan_prices
from webui.context import context
from webui.feature import Pages
from webui.guard import actor, site, site_zone
from webui.i18n import _, current
from webui.members import namesakes, shared_address
from webui.members.labels import name_error
from webui.members.member_action import at_desk, origin, refusal
from webui.members.member_form import email_remark
from webui.members.views import MemberLine, member_line
from webui.naming import read_label
from webui.paging import all_items
from webui.parts import Option
from webui.plans import periods
from webui.plans.pages import refusal_of_subscription
from webui.undo import done_with_undo

pages = Pages("adding", __name__)
PHONE_BEGINS = ("+", *"0123456789")
"""A contact that starts like this, and has no `@`, is a telephone number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddMemberForm:
    """The line as it was typed, with possible duplicates in `same` and errors by field in
    `wrong`."""

    plans: tuple[Option, ...]
    lengths: tuple[Option, ...]
    name: str = ""
    badge: str = ""
    plan: str = ""
    length: str = "year"
    reach: str = ""
    """An e-mail address or a telephone number."""
    same: tuple[MemberLine, ...] = ()
    """Members whose name is similar to the typed one."""
    wrong: Mapping[str, str] | None = None
    """Messages by field; None: no errors."""
    prices: tuple[str, ...] = ()
    """What subscriptions cost; the cost goes on the member's statement."""
    then: str = ""
    """The next field to fill in, after Enter within the line (a badge reader sends it too)."""


class _InvalidFields(Exception):
    """Fields with errors, and the messages."""

    def __init__(self, **wrong: str) -> None:
        super().__init__(wrong)
        self.wrong = wrong


def empty_form(names: Mapping[str, str], prices: tuple[str, ...] = ()) -> AddMemberForm:
    """Return the empty line; `names` are plans by id, `prices` what they cost."""
    return AddMemberForm(
        plans=tuple(Option(value=key, text=name) for key, name in names.items()),
        lengths=tuple(length for length in periods.lengths() if length.value != periods.UNTIL),
        prices=prices,
    )


def plan_names(db: Session) -> dict[str, str]:
    """Return the plans of this site by id, in the current language."""
    who = actor()

    def read() -> dict[str, str]:
        every = all_items(lambda at: plans.page(db, actor=who, cursor=at))
        return {plan.id: read_label(plan.name) for plan in every}

    return memoise(db, ("plan names", who.ref, site().id, current()), read)


def subscription_prices(db: Session, now: Utc) -> tuple[str, ...]:
    """Return the prices of subscriptions in today's tariff, in words."""
    return plan_prices(db, now)["subscriptions"]


@pages.get("/members/like", Permission.MEMBERS_WRITE)
def like() -> ResponseReturnValue:
    """Show possible duplicates while the name is typed."""
    name = request.args.get("name", "")[:80].strip()
    with context().database.read() as db:
        add = _with_same(
            db, replace(empty_form({}), name=name, badge=request.args.get("badge", ""))
        )
    return render_template("members/same.html", add=add)


@pages.post("/members", Permission.MEMBERS_WRITE)
def add() -> ResponseReturnValue:
    """Add a member, with badge and subscription if they were given: all of it or nothing."""
    web = context()
    with web.database.read() as db:
        prices = subscription_prices(db, web.clock())
        line = _with_same(db, replace(_read_form(plan_names(db)), prices=prices))
    if "next" in request.form:
        return render_template("members/add.html", add=replace(line, then=_next_field(line)))
    try:
        with web.database.write() as db:
            member = _create_from_line(db, line, web.clock())
            if line.same and "seen" not in request.form:
                raise _InvalidFields  # without errors: the page asks about the similar names
            price = SubscriptionPrices(db).of(line.plan, web.clock()) if line.plan else ""
    except _InvalidFields as problem:
        add = replace(line, wrong=problem.wrong)
        return render_template("members/add.html", add=add), 422
    text = _("%(name)s is now a member.", name=member.display_name)
    if price:
        text = _("%(said)s %(price)s.", said=text, price=price)
    text = f"{text} {email_remark(member)}".strip()
    done_with_undo(text, "member.take_back", member=member.id, **origin())
    if at_desk():
        return redirect(url_for("desk.show", person=member.id), 303)
    return redirect(url_for("member.show", member=member.id), 303)


def _next_field(line: AddMemberForm) -> str:
    """Return the field to fill in next.

    A badge reader sends Enter after each number, so Enter alone must not add the member.
    """
    if not line.name:
        return "name"
    return "badge" if not line.badge and "claim" not in request.form else "plan"


def _read_form(names: Mapping[str, str]) -> AddMemberForm:
    form = request.form
    return replace(
        empty_form(names),
        name=" ".join(form.get("name", "").split()),
        badge=form.get("badge", "").strip(),
        plan=form.get("plan", ""),
        length=form.get("length", "year"),
        reach=form.get("reach", "").strip(),
    )


def _create_from_line(db: Session, line: AddMemberForm, now: Utc) -> Member:
    """Create the member with all typed values.

    Raises _InvalidFields with all errors, and with what the page asks first.
    """
    wrong: dict[str, str] = {}
    member = _create(db, line, now, wrong)
    for step in (_with_badge, _with_plan):
        try:
            step(db, member.id, line, now)
        except _InvalidFields as problem:
            wrong |= problem.wrong
    if wrong and (remark := email_remark(member)):
        wrong["reach"] = remark
    wrong |= shared_address.question(db, member.email, member.id)
    if wrong:
        raise _InvalidFields(**wrong)
    return member


def _create(db: Session, line: AddMemberForm, now: Utc, wrong: dict[str, str]) -> Member:
    """Create the member alone. Adds errors to `wrong`, and creates a member without what is wrong,
    with whom the other fields can be checked; the caller then rolls the transaction back."""
    is_phone = line.reach.startswith(PHONE_BEGINS) and "@" not in line.reach
    kind = "phone" if is_phone else "email"
    fields = {"display_name": line.name, kind: line.reach or None, "site_id": site().id}
    try:
        return members.create(db, parse(fields, NewMember), actor=actor(), now=now)
    except Invalid as error:
        at = {field_error.field for field_error in error.errors}
        if at & {"email", "phone"}:
            wrong["reach"] = _(
                "This is neither an e-mail address nor a phone number such as 06 12 34 56 78."
            )
            line = replace(line, reach="")
        if at - {"email", "phone"}:
            if "name" in wrong:
                raise
            wrong["name"] = name_error(line.name)
            line = replace(line, name="A")
        return _create(db, line, now, wrong)


def _with_badge(db: Session, member: str, line: AddMemberForm, now: Utc) -> None:
    if line.badge:
        _give_badge(db, member, _number(line.badge), now)
    elif event := request.form.get("claim"):
        _claim(db, member, event, now)


def _with_plan(db: Session, member: str, line: AddMemberForm, now: Utc) -> None:
    if line.plan:
        _subscribe(db, member, line, now)


def _number(typed: str) -> CredentialId:
    try:
        return read_number(typed)
    except ValueError as problem:
        raise _InvalidFields(badge=_("This is not a badge number.")) from problem


def _give_badge(db: Session, member: str, value: CredentialId, now: Utc) -> None:
    new = NewCredential(member_id=member, value=value)
    try:
        credentials.create(db, new, vault=context().vault, actor=actor(), now=now)
    except Conflict as error:
        raise _InvalidFields(badge=_("This badge already belongs to somebody.")) from error
    except ServiceError as error:
        raise _InvalidFields(badge=refusal(error)) from error


def _claim(db: Session, member: str, event: str, now: Utc) -> None:
    """Give the member the unknown badge that was tapped last at a reader. Raises _InvalidFields."""
    try:
        unknown.claim(db, site().id, member, event, actor=actor(), now=now)
    except ServiceError as error:
        not_there_text = _(
            "This badge is no longer the last one tapped, or it was tapped too long ago. Tap it "
            "again."
        )
        raise _InvalidFields(
            badge=not_there_text if isinstance(error, Conflict) else refusal(error)
        ) from error


def _subscribe(db: Session, member: str, line: AddMemberForm, now: Utc) -> None:
    choose = _("Choose a plan and a length from the list.")
    try:
        period = periods.read(line.length, "", now, site_zone())
        new = NewSubscription(
            member_id=member, plan_id=line.plan, valid_from=period.start, valid_until=period.end
        )
        subscriptions.create(db, new, actor=actor(), now=now)
    except Forbidden as error:
        raise _InvalidFields(plan=refusal_of_subscription(error)) from error
    except Invalid as error:
        is_gift = any(field_error.field == "reason" for field_error in error.errors)
        raise _InvalidFields(plan=refusal_of_subscription(error) if is_gift else choose) from error
    except (periods.InvalidPeriod, ServiceError) as error:
        raise _InvalidFields(plan=choose) from error


def _with_same(db: Session, add: AddMemberForm) -> AddMemberForm:
    now, zone = context().clock(), site_zone()
    similar = (
        member_search.similar_members(db, add.name, actor=actor(), now=now, by_first_name=False)
        if len(add.name) > 2
        else []
    )
    lines = [member_line(member, {}, now, zone) for member in similar]
    return replace(add, same=namesakes.distinguish(db, lines))

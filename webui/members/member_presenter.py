"""Reads a member's page, in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Self

from flask import url_for

from controller.capabilities.access import explain
from controller.capabilities.badges import credentials, handing_over
from controller.capabilities.billing import arrears, months
from controller.capabilities.billing.payers import PayerKey
from controller.capabilities.billing.permissions import MONEY_READ
from controller.capabilities.billing.shapes import PayerKind
from controller.capabilities.members import suspensions
from controller.capabilities.members.shapes import Member, Suspension
from controller.domain.facts import MemberStatus
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from webui.billing.formatting import euros
from webui.billing.pending_amount import pending_text
from webui.billing.plan_prices import first_priced, plan_prices
from webui.context import context
from webui.guard import actor, is_allowed, site, site_zone
from webui.i18n import _, name_of
from webui.i18n.dates import day
from webui.members import coverage
from webui.members.access_check import usable_points
from webui.members.add_member import plan_names
from webui.members.duties import duties
from webui.members.holdings import MemberHoldings, certification_names
from webui.members.member_action import badge_needs_manager, holder_has_left, known_here
from webui.members.member_view import (
    Badge,
    May,
    MemberDebt,
    MemberPage,
    MemberSummary,
    RefusedBadge,
    badge,
    contact,
    guardian,
    initials,
)
from webui.members.missing_items import Remedies
from webui.members.reading import MemberReader
from webui.members.sentence import sentence
from webui.members.views import categories_text
from webui.members.way_in import easiest_entry
from webui.paging import all_items
from webui.parts import Option
from webui.plans.periods import lengths


def read_member(member: str, *, chosen: str = "", wrong: RefusedBadge | None = None) -> MemberPage:
    """Return the page of a member; `chosen` is the certification to offer first.

    Raises NotFound.
    """
    web = context()
    with web.database.read() as db:
        return member_page(db, member, web.clock(), chosen=chosen, wrong=wrong)


def member_page(
    db: Session, member: str, now: Utc, *, chosen: str = "", wrong: RefusedBadge | None = None
) -> MemberPage:
    """Return the member's page, read in the given transaction. Raises NotFound."""
    data = _MemberData.read(db, member, now)
    return _make_page(data, chosen, wrong or RefusedBadge())


def member_brief(db: Session, member: str, now: Utc) -> MemberSummary:
    """Return the part of the page that the desk shows. Raises NotFound."""
    data = _MemberData.read(db, member, now, only_doors=True)
    certifications = certification_names(db)
    return _make_summary(data, {key: item.name for key, item in certifications.items()})


@dataclass(frozen=True, slots=True)
class _MemberData:
    """What every part of the page needs."""

    reader: MemberReader
    member: Member
    decisions: Sequence[explain.PointDecision]
    suspension: Suspension | None
    may: May
    no_badge: str
    plans: Mapping[str, str]

    @classmethod
    def read(cls, db: Session, member: str, now: Utc, *, only_doors: bool = False) -> Self:
        """Read the member. Raises NotFound."""
        place, who, person = site(), actor(), known_here(db, member)
        reader = MemberReader(db=db, who=who, now=now, zone=site_zone(), member=member)
        decisions = [
            decision
            for decision in explain.decisions_of_member(
                db, person.id, actor=who, now=now, only_doors=only_doors
            )
            if decision.site.id == place.id
        ]
        suspension = suspensions.current(db, person.id, actor=who)
        may, no_badge = _permissions(person, suspension), ""
        if may.badge and person.status is MemberStatus.LEFT:
            may, no_badge = replace(may, badge=False), holder_has_left()
        elif may.badge and handing_over.is_for_manager(db, person.id, actor=who, now=now):
            may, no_badge = replace(may, badge=False), badge_needs_manager()
        return cls(reader, person, decisions, suspension, may, no_badge, plan_names(db))


def _make_summary(data: _MemberData, certifications: Mapping[str, str]) -> MemberSummary:
    reader, person = data.reader, data.member
    plans, words = coverage.plan_lines(reader, data.plans)
    return MemberSummary(
        id=person.id,
        name=person.display_name,
        initials=initials(person.display_name),
        who=_person_text(reader, person),
        sentence=sentence(
            person, data.suspension, data.decisions, words, reader.now, reader.zone, certifications
        ),
        subscriptions=plans,
        passes=coverage.pass_lines(reader, data.plans),
        badges=_badges(reader, person),
        may=data.may,
        way_in=easiest_entry(data.decisions),
        guardian=guardian(person),
        no_badge=data.no_badge,
    )


def _make_page(data: _MemberData, chosen: str, wrong: RefusedBadge) -> MemberPage:
    reader, person, may = data.reader, data.member, data.may
    holding = MemberHoldings(reader)
    brief = _make_summary(data, holding.names)
    works_for, works_for_choices = coverage.works_for(reader, person)
    return MemberPage(
        **{field.name: getattr(brief, field.name) for field in fields(brief)},
        works_for=works_for,
        works_for_choices=works_for_choices if may.edit else (),
        can=usable_points(data.decisions, _remedies(holding, may, reader.now)),
        holdings=holding.lines(),
        coming=holding.upcoming(),
        owed=_debt(reader),
        duties=duties(reader, person),
        plans=tuple(Option(value=key, text=name) for key, name in data.plans.items()),
        revocable=coverage.revocable_lines(reader, data.plans) if may.plan else (),
        ending=coverage.ending_lines(reader, data.plans) if may.plan else (),
        lengths=lengths(),
        prices=plan_prices(reader.db, reader.now) if may.plan else {},
        pass_first=first_priced(reader.db, reader.now) if may.plan else None,
        give=holding.form(chosen),
        badges_elsewhere=is_allowed(Permission.CREDENTIALS_WRITE) and person.site_id != site().id,
        wrong=wrong,
        kept_months=context().settings.retention.member_months,
        contact=contact(person, with_private_texts=is_allowed(Permission.MEMBERS_WRITE)),
    )


def _debt(reader: MemberReader) -> MemberDebt | None:
    """Return what the member owes at this site up to this month; None: nothing, or not to be
    read."""
    if not is_allowed(MONEY_READ):
        return None
    payer = PayerKey(PayerKind.MEMBER, reader.member)
    this = months.current_month(reader.db, site().id, reader.now)
    months_owed = arrears.months_of(reader.db, site().id, payer, actor=reader.who, now=reader.now)
    due = [it for it in months_owed if it.due_cents > 0 and it.month <= this]
    pending = pending_text(reader.db, site().id, reader.member, reader.now)
    if not due and not pending:
        return None
    key, month = str(payer), due[-1].month if due else this
    href = url_for("money.show", month=month, open=key, _anchor=f"p-{key}")
    return MemberDebt(euros(sum(it.due_cents for it in due)), href, pending)


def _remedies(holding: MemberHoldings, may: May, now: Utc) -> Remedies:
    return Remedies(
        names=holding.names,
        grantable=holding.may_give,
        seats={} if may.come_back else holding.seats(),
        badge=may.badge,
        plan=may.sell,
        now=now,
        zone=site().time_zone,
    )


def _person_text(reader: MemberReader, member: Member) -> str:
    """Return categories, language, and the day of the record; the age is never shown."""
    publics = categories_text(member.categories)
    speaks = _("speaks %(language)s", language=name_of(member.language))
    since = _("here since %(day)s", day=day(member.created_at, reader.now, reader.zone))
    return ", ".join(filter(None, (publics, speaks, since)))


def _permissions(member: Member, suspension: Suspension | None) -> May:
    at_home, write = member.site_id == site().id, is_allowed(Permission.MEMBERS_WRITE)
    edit = write and at_home
    may_end_suspension = suspension is None or suspension.may_end
    has_left = member.status is MemberStatus.LEFT
    return May(
        edit=edit,
        badge=is_allowed(Permission.CREDENTIALS_WRITE) and at_home,
        plan=write,
        sell=write and not has_left,
        gift=write and is_allowed(Permission.MONEY_WRITE),
        suspend=edit and member.status is MemberStatus.ACTIVE,
        reinstate=edit and member.status is MemberStatus.SUSPENDED and may_end_suspension,
        leave=edit and may_end_suspension and not has_left,
        come_back=edit and has_left,
        data=at_home and is_allowed(Permission.PERSONAL_DATA),
        merge=edit and is_allowed(Permission.CERTIFY),
    )


def _badges(reader: MemberReader, member: Member) -> tuple[Badge, ...]:
    may, at_home = is_allowed(Permission.CREDENTIALS_WRITE), member.site_id == site().id
    badges = all_items(
        lambda c: credentials.page(reader.db, actor=reader.who, member_id=member.id, cursor=c)
    )
    return tuple(badge(credential, may, at_home, reader.now, reader.zone) for credential in badges)


def get_member(member: str) -> Member:
    """Return the member alone, in a transaction of its own. Raises NotFound."""
    with context().database.read() as db:
        return known_here(db, member)

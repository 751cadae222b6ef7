"""Read all that a member's page shows, in one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from controller.capabilities.access import explain
from controller.capabilities.badges import credentials
from controller.capabilities.members import members
from controller.capabilities.members.shapes import Member
from controller.capabilities.plans import plans, subscriptions
from controller.capabilities.plans.shapes import Subscription
from controller.capabilities.training import certifications, member_certifications
from controller.capabilities.training.shapes import Held
from controller.domain.facts import CertificationKind, HeldStatus
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.database import Session
from controller.kernel.errors import NotFound
from webui.context import context
from webui.guard import actor, allowed, site
from webui.members.access_check import can_rows
from webui.members.member_view import (
    HeldLine,
    MemberPage,
    Named,
    badge,
    contact,
    give_form,
    held_line,
)
from webui.members.views import categories, status_chip, subscription
from webui.naming import read_label
from webui.paging import everything
from webui.parts import Part, plain


@dataclass(frozen=True, slots=True)
class Wrong:
    """A badge number that was refused, and why."""

    value: str
    why: str


def known_here(db: Session, member: str) -> Member:
    """The person, if this page's site knows them; one's own page is no exception.

    Raises NotFound.
    """
    found = members.get(db, member, actor=actor())
    if site().id not in (found.site_id, *found.also_at):
        raise NotFound("member", member)
    return found


def read_member(member: str, *, chosen: str, wrong: Wrong | None) -> MemberPage:
    """One person; `chosen`: the certification to offer first. Raises NotFound."""
    given, who, at = context(), actor(), site()
    now, zone = given.clock(), ZoneInfo(at.time_zone)
    with given.database.read() as db:
        found = known_here(db, member)
        at_home = found.site_id == at.id
        may_badge = allowed(Permission.CREDENTIALS_WRITE)
        judged = explain.can_use(db, member, actor=who, now=now)
        named = _certifications(db, who)
        grantable = member_certifications.grantable(db, member, actor=who, now=now)
        may_give = {key for key, _level in grantable}
        return MemberPage(
            id=found.id,
            name=found.display_name,
            chip=status_chip(found.status),
            facts=_facts(db, member, found.categories, who, now, zone),
            can=can_rows([each for each in judged if each.site.id == at.id], member, may_give),
            badges=tuple(
                badge(each, may_badge, at_home, now, zone)
                for each in everything(
                    lambda at: credentials.page(db, actor=who, member_id=member, cursor=at)
                )
            ),
            held=_held(db, member, named, may_give, who, now, zone),
            give=give_form(grantable, named, chosen, allowed(Permission.ACCOUNTS_WRITE)),
            enrol=may_badge and at_home,
            badges_elsewhere=may_badge and not at_home,
            enrol_value=wrong.value if wrong else "",
            enrol_wrong=wrong.why if wrong else "",
            contact=contact(found),
        )


def _certifications(db: Session, who: Actor) -> dict[str, Named]:
    every = everything(lambda at: certifications.page(db, actor=who, cursor=at))
    return {
        each.id: Named(name=read_label(each.name), document=each.kind is CertificationKind.DOCUMENT)
        for each in every
    }


def _facts(
    db: Session, member: str, publics: tuple[str, ...], who: Actor, now: Utc, zone: ZoneInfo
) -> tuple[tuple[Part, ...], ...]:
    """The subscription that holds now, and the publics that the person belongs to."""
    every = everything(lambda at: plans.page(db, actor=who, cursor=at))
    names = {each.id: read_label(each.name) for each in every}
    bought = everything(lambda at: subscriptions.page(db, actor=who, member_id=member, cursor=at))
    holds = [each for each in bought if _holds(each, now)]
    last = max(holds, key=lambda each: (each.valid_until is None, each.valid_until), default=None)
    text = subscription(
        last.plan_id if last else None, last.valid_until if last else None, names, now, zone
    )
    words = categories(publics)
    return tuple((plain(each),) for each in (text, words) if each)


def _holds(each: Subscription, now: Utc) -> bool:
    return each.valid_from <= now and (each.valid_until is None or now < each.valid_until)


def _held(
    db: Session,
    member: str,
    named: Mapping[str, Named],
    may_give: set[str],
    who: Actor,
    now: Utc,
    zone: ZoneInfo,
) -> tuple[HeldLine, ...]:
    def line(each: Held) -> HeldLine:
        key = each.certification_id
        reason = None
        if each.status is HeldStatus.SUSPENDED:  # the service tells only those who may know why
            steps = member_certifications.history(db, member, key, actor=who, now=now)
            reason = steps[-1].reason if steps else None
        return held_line(each, named[key], key in may_give, reason, now, zone)

    every = member_certifications.of_member(db, member, actor=who)
    return tuple(line(each) for each in every if each.certification_id in named)

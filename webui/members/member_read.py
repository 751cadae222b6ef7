"""Read all that a member's page shows, in one transaction."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from controller.capabilities.access import explain
from controller.capabilities.badges import credentials
from controller.capabilities.members import suspensions
from controller.capabilities.members.shapes import Member
from controller.capabilities.organisations import organisations, projects
from controller.capabilities.plans import passes, subscriptions
from controller.capabilities.plans.shapes import Pass, Subscription
from controller.capabilities.training import (
    certifications,
    enrolments,
    member_certifications,
    next_sessions,
)
from controller.capabilities.training.models import EnrolmentStatus
from controller.capabilities.training.shapes import Held
from controller.domain.facts import CertificationKind, HeldStatus, MemberStatus
from controller.domain.time import Utc
from controller.domain.words.time import when
from controller.kernel.actor import Actor, Permission
from controller.kernel.database import Session
from controller.kernel.errors import NotFound
from webui.context import context
from webui.guard import actor, allowed, site
from webui.i18n import _, name_of, words
from webui.i18n.dates import day
from webui.members.access_check import Seat, can
from webui.members.acting import known_here
from webui.members.adding import plan_names
from webui.members.member_view import (
    ComingLine,
    HeldLine,
    May,
    MemberPage,
    Named,
    PassLine,
    PlanLine,
    badge,
    contact,
    give_form,
    guardian,
    held_line,
    initials,
)
from webui.members.sentence import sentence
from webui.members.views import categories
from webui.naming import read_label
from webui.paging import everything
from webui.parts import Option
from webui.plans.periods import lengths


@dataclass(frozen=True, slots=True)
class Wrong:
    """A badge number that was refused, and why."""

    value: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """What every part of the page is read with."""

    db: Session
    who: Actor
    now: Utc
    zone: ZoneInfo
    member: str


def read_member(member: str, *, chosen: str = "", wrong: Wrong | None = None) -> MemberPage:
    """One person; `chosen`: the certification to offer first. Raises NotFound."""
    given, at = context(), site()
    with given.database.read() as db:
        found = known_here(db, member)
        now, zone = given.clock(), ZoneInfo(at.time_zone)
        here = _Reading(db=db, who=actor(), now=now, zone=zone, member=member)
        return _page(here, found, chosen, wrong)


def _page(here: _Reading, found: Member, chosen: str, wrong: Wrong | None) -> MemberPage:
    at, db, who, now, member = site(), here.db, here.who, here.now, here.member
    at_home = found.site_id == at.id
    judged = [e for e in explain.can_use(db, member, actor=who, now=now) if e.site.id == at.id]
    named = _certifications(here)
    grantable = member_certifications.grantable(db, member, actor=who, now=now)
    may_give = {key for key, _level in grantable}
    coming = enrolments.coming(db, member, actor=who, now=now)
    suspension = suspensions.current(db, member, actor=who)
    names = plan_names(db)
    plan, plan_words = _plan(here, names)
    behalf, behalves = _behalf(here, found)
    may_badge = allowed(Permission.CREDENTIALS_WRITE)
    may_write = allowed(Permission.MEMBERS_WRITE)
    enrolled = {key for each in coming for key in each.grants}
    return MemberPage(
        id=found.id,
        name=found.display_name,
        initials=initials(found.display_name),
        who=_who(found),
        sentence=sentence(found, suspension, judged, plan_words, now, here.zone),
        plan=plan,
        passes=_passes(here, names),
        behalf=behalf,
        behalves=behalves if may_write and at_home else (),
        can=can(
            judged,
            {key: each.name for key, each in named.items()},
            may_give,
            _seats(here, enrolled),
            now,
            at.time_zone,
        ),
        badges=tuple(
            badge(each, may_badge, at_home, now, here.zone)
            for each in everything(
                lambda c: credentials.page(db, actor=who, member_id=member, cursor=c)
            )
        ),
        held=_held(here, named, may_give),
        coming=tuple(
            ComingLine(
                session=each.session_id,
                name=read_label(each.name) if each.name else each.theme or _("Séance"),
                when=when(each.starts_at, now, at.time_zone, words()),
                waiting=each.status is EnrolmentStatus.WAITING,
            )
            for each in coming
            if each.site_id == at.id
        ),
        may=May(
            edit=may_write and at_home,
            badge=may_badge and at_home,
            plan=may_write,
            suspend=may_write and at_home and found.status is MemberStatus.ACTIVE,
            reinstate=may_write
            and at_home
            and found.status is MemberStatus.SUSPENDED
            and (suspension is None or suspension.may_end),
        ),
        plans=tuple(Option(value=key, text=name) for key, name in names.items()),
        lengths=lengths(),
        give=give_form(grantable, named, chosen, allowed(Permission.ACCOUNTS_WRITE)),
        badges_elsewhere=may_badge and not at_home,
        enrol_value=wrong.value if wrong else "",
        enrol_wrong=wrong.why if wrong else "",
        guardian=guardian(found),
        contact=contact(found),
    )


def _who(found: Member) -> str:
    publics = categories(found.categories)
    speaks = _("parle %(language)s", language=name_of(found.language))
    return ", ".join(filter(None, (publics, speaks)))


def _certifications(here: _Reading) -> dict[str, Named]:
    every = everything(lambda c: certifications.page(here.db, actor=here.who, cursor=c))
    return {
        each.id: Named(name=read_label(each.name), document=each.kind is CertificationKind.DOCUMENT)
        for each in every
    }


def _seats(here: _Reading, enrolled: set[str]) -> dict[str, Seat]:
    """The next sessions in which she can enrol and is not yet."""
    return {
        key: Seat(row.id, row.starts_at, None if row.places is None else row.places - row.taken)
        for key, row in next_sessions.next_sessions(here.db, site().id).items()
        if row.starts_at > here.now and key not in enrolled
    }


def _plan(here: _Reading, names: Mapping[str, str]) -> tuple[PlanLine, str]:
    """The subscription that holds, else the last; and with what she comes in, in words."""
    bought = [
        each
        for each in everything(
            lambda c: subscriptions.page(here.db, actor=here.who, member_id=here.member, cursor=c)
        )
        if each.plan_id in names
    ]
    running = [each for each in bought if _holds(each, here.now)]
    found = max(running or bought, key=_end, default=None)
    if found is None:
        return PlanLine(name=_("Aucun"), over=True), ""
    name, end = names[found.plan_id], found.valid_until
    if end is None:
        return PlanLine(name=name, note=_("sans fin")), _(
            "Avec son abonnement %(plan)s.", plan=name
        )
    last = day(end, here.now, here.zone)
    if not running:
        begins = found.valid_from > here.now
        start = day(found.valid_from, here.now, here.zone)
        note = _("à partir du %(day)s", day=start) if begins else _("fini le %(day)s", day=last)
        return PlanLine(name=name, note=note, over=True, renew="" if begins else found.id), ""
    note = _("jusqu’au %(day)s", day=last)
    said = _("Avec son abonnement %(plan)s, jusqu’au %(day)s.", plan=name, day=last)
    return PlanLine(name=name, note=note, renew=found.id), said


def _end(each: Subscription) -> tuple[bool, Utc]:
    return each.valid_until is None, each.valid_until or each.valid_from


def _holds(each: Subscription | Pass, now: Utc) -> bool:
    return each.valid_from <= now and (each.valid_until is None or now < each.valid_until)


def _passes(here: _Reading, names: Mapping[str, str]) -> tuple[PassLine, ...]:
    found = everything(
        lambda c: passes.page(here.db, actor=here.who, member_id=here.member, cursor=c)
    )
    return tuple(
        PassLine(left=each.units - each.spent, units=each.units, note=names.get(each.plan_id, ""))
        for each in found
        if _holds(each, here.now) and each.spent < each.units
    )


def _behalf(here: _Reading, found: Member) -> tuple[str, tuple[Option, ...]]:
    """For whom she works at present, and for whom she could: `organisation:ID`, `project:ID`."""
    options = [Option(value="", text=_("Soi-même"))]
    for kind, service, keys in (
        ("organisation", organisations.get, found.organisations),
        ("project", projects.get, found.projects),
    ):
        for key in keys:
            with suppress(NotFound):  # of another site
                name = read_label(service(here.db, key, actor=here.who).name)
                options.append(Option(value=f"{kind}:{key}", text=name))
    works = found.works_for
    at_work = {f"organisation:{works.organisation_id}", f"project:{works.project_id}"}
    named = ", ".join(each.text for each in options if each.value in at_work)
    return named, tuple(options) if len(options) > 1 else ()


def _held(here: _Reading, named: Mapping[str, Named], may_give: set[str]) -> tuple[HeldLine, ...]:
    def line(each: Held) -> HeldLine:
        key = each.certification_id
        reason = None
        if each.status is HeldStatus.SUSPENDED:  # the service tells only those who may know why
            steps = member_certifications.history(
                here.db, here.member, key, actor=here.who, now=here.now
            )
            reason = steps[-1].reason if steps else None
        return held_line(each, named[key], key in may_give, reason, here.now, here.zone)

    every: Sequence[Held] = member_certifications.of_member(here.db, here.member, actor=here.who)
    return tuple(line(each) for each in every if each.certification_id in named)


def require(member: str) -> Member:
    """The person alone. Raises NotFound."""
    with context().database.read() as db:
        return known_here(db, member)

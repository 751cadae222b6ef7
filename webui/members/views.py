"""What Members shows of a search."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import url_for

from controller.capabilities.plans.member_search import Found
from controller.domain.facts import MemberStatus
from controller.domain.time import Utc
from controller.kernel.paging import Page
from webui.i18n import _
from webui.i18n.dates import Zone, day
from webui.parts import Chip


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberLine:
    """One person found."""

    name: str
    href: str
    categories: str
    subscription: str
    chip: Chip | None
    """Only when there is something to say of her access."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MembersPage:
    """One page of a search; addresses of the next page, and of the first when this is another."""

    query: str
    lines: tuple[MemberLine, ...]
    title: str
    next: str | None = None
    first: str | None = None


def members_page(
    query: str,
    found: Page[Found],
    after: str | None,
    plans: Mapping[str, str],
    now: Utc,
    zone: Zone,
) -> MembersPage:
    """A page of results in the current language; `plans` are names by id."""
    return MembersPage(
        query=query,
        lines=tuple(_line(each, plans, now, zone) for each in found.items),
        title=_("Résultats pour « %(query)s »", query=query) if query else _("Derniers inscrits"),
        next=url_for("members.search", q=query, after=found.next) if found.next else None,
        first=url_for("members.search", q=query) if after else None,
    )


def _line(found: Found, plans: Mapping[str, str], now: Utc, zone: Zone) -> MemberLine:
    return MemberLine(
        name=found.display_name,
        href=url_for("member.show", member=found.id),
        categories=categories(found.categories),
        subscription=subscription(found.plan_id, found.subscription_until, plans, now, zone),
        chip=None if found.status is MemberStatus.ACTIVE else status_chip(found.status),
    )


def subscription(
    plan: str | None, until: Utc | None, plans: Mapping[str, str], now: Utc, zone: Zone
) -> str:
    """The subscription that holds now, and its end."""
    if plan is None:
        return _("sans abonnement")
    name = plans.get(plan, plan)
    if until is None:
        return name
    return _("%(plan)s, jusqu’au %(day)s", plan=name, day=day(until, now, zone))


def status_chip(status: MemberStatus) -> Chip:
    """What a person is to the place, as a chip."""
    return {
        MemberStatus.ACTIVE: Chip(look="off", word=_("Accès actif"), icon="user-check"),
        MemberStatus.SUSPENDED: Chip(look="out", word=_("Accès suspendu"), icon="user-x"),
        MemberStatus.LEFT: Chip(look="offline", word=_("Parti du lieu"), icon="user-x"),
    }[status]


def categories(found: Sequence[str]) -> str:
    """The publics that a person belongs to, in words."""
    words = {
        "inhabitant": _("habitant"),
        "association": _("association"),
        "public_servant": _("agent public"),
        "entrepreneur": _("entrepreneur"),
        "student": _("étudiant"),
        "minor": _("mineur"),
        "guest": _("invité"),
    }
    return ", ".join(words.get(each, each) for each in found)

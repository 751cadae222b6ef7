"""Everybody with a badge at a site, counted by what `decide()` reads of them.

A hundred thousand people are of a few hundred kinds: each kind is judged once, by one of them. The
facts are the policy's own, as the agents have them, so that nothing is compiled again.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import msgspec
from msgspec import Struct
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from controller.capabilities.badges.key_mapping import keys_at
from controller.domain.facts import Assurance, CredentialKind, CredentialStatus, Holder
from controller.domain.time import Utc
from controller.policy.models import PolicyRow
from controller.wire.strict import dec_hook

_AT_ONCE = 1000
_LEVELS = tuple(assurance.value for assurance in Assurance)


class HeldFacts(Struct, frozen=True, gc=False):
    """A certification that is held; times as text, which sorts as they do."""

    certification: str
    level: str
    status: str
    valid_from: str | None = None
    valid_until: str | None = None


class SubscribedFacts(Struct, frozen=True, gc=False):
    """One more subscription."""

    plan: str
    subscription_from: str | None = None
    subscription_until: str | None = None
    grace_days: int = 0


class HolderFacts(Struct, frozen=True, gc=False):
    """What `decide()` reads of a holder when it is asked of rights alone; see `NOT_READ`."""

    member: str
    kind: str
    status: str
    assurance: str
    member_status: str
    valid_from: str | None = None
    valid_until: str | None = None
    plan: str | None = None
    subscription_from: str | None = None
    subscription_until: str | None = None
    grace_days: int = 0
    subscriptions: tuple[SubscribedFacts, ...] = ()
    certifications: tuple[HeldFacts, ...] = ()


NOT_READ = frozenset({"categories", "maintains", "supervises", "headcount", "language", "aids"})
"""Nothing of these gives or takes a right: they matter at one tap, or to a display."""

Alike = tuple[object, ...]
_facts = msgspec.json.Decoder(HolderFacts)
_holder = msgspec.json.Decoder(Holder, dec_hook=dec_hook)


@dataclass(slots=True, eq=False)
class Kind:
    """People who are judged alike: one of them, and how good their badge is."""

    example: bytes
    worth: tuple[bool, bool, int]

    def holder(self) -> Holder:
        """The one who is judged for all."""
        return _holder.decode(self.example)


def kinds_of_people(
    values: Iterable[bytes], certifications: Collection[str], now: Utc
) -> dict[str, Kind]:
    """The kind of everybody in these rows of the policy, by reference, with their best badge.

    `certifications` are those that any rule in question asks for: others tell nobody apart.
    """
    kinds: dict[Alike, Kind] = {}
    people: dict[str, Kind] = {}
    asked, at = frozenset(certifications), now.text()
    for value in values:
        facts = _facts.decode(value)
        if facts.kind == CredentialKind.GROUP:
            continue
        key = _alike(facts, asked, at)
        if (kind := kinds.get(key)) is None:
            kind = kinds[key] = Kind(value, _worth(facts, at))
        best = people.get(facts.member)
        if best is None or kind.worth > best.worth:
            people[facts.member] = kind
    return people


def holder_rows(db: Session, site_id: str, only: Select[str] | None = None) -> Iterator[bytes]:
    """The holders of a site as its agents have them; `only` those of these badges' keys."""
    wanted = select(PolicyRow.value).where(
        PolicyRow.site_id == site_id, PolicyRow.table == "holder", PolicyRow.value.is_not(None)
    )
    if only is not None:
        wanted = wanted.where(PolicyRow.key.in_(keys_at(site_id, only)))
    for some in db.execute(wanted.execution_options(yield_per=_AT_ONCE)).partitions():
        yield from (value for (value,) in some if value is not None)


def _alike(facts: HolderFacts, asked: frozenset[str], at: str) -> Alike:
    """The facts that distinguish people; a time counts only as past or not."""
    first = (facts.plan, _subscribed(facts, at))
    return (
        facts.kind,
        facts.status,
        facts.assurance,
        facts.member_status,
        _holds(facts.valid_from, facts.valid_until, at),
        first,
        tuple(
            (subscription.plan, _subscribed(subscription, at))
            for subscription in facts.subscriptions
        ),
        tuple(
            (
                certification.certification,
                certification.level,
                certification.status,
                _holds(*_span(certification), at),
            )
            for certification in facts.certifications
            if certification.certification in asked
        ),
    )


def _span(held: HeldFacts) -> tuple[str | None, str | None]:
    return held.valid_from, held.valid_until


def _holds(start: str | None, end: str | None, at: str) -> int:
    """-1 before it begins, 0 within, 1 after its end."""
    if start is not None and at < start:
        return -1
    return int(end is not None and at >= end)


def _subscribed(subscription: HolderFacts | SubscribedFacts, at: str) -> int:
    """The same, days of grace included."""
    holds = _holds(subscription.subscription_from, subscription.subscription_until, at)
    if holds < 1 or subscription.grace_days <= 0 or subscription.subscription_until is None:
        return holds
    try:
        end = Utc.parse(subscription.subscription_until) + timedelta(days=subscription.grace_days)
    except OverflowError:  # beyond the calendar's end
        return 0
    return int(Utc.parse(at) >= end)


def _worth(facts: HolderFacts, at: str) -> tuple[bool, bool, int]:
    """As `facts_of.best_holder` chooses: a badge that works now, of the highest assurance."""
    holds = _holds(facts.valid_from, facts.valid_until, at) == 0
    return facts.status == CredentialStatus.ACTIVE, holds, _LEVELS.index(facts.assurance)

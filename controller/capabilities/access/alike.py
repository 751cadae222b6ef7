"""Sorts everybody with a badge at a site into classes of equal facts, as `decide()` reads them.

A hundred thousand people fall into a few hundred such classes, so it is enough to call `decide()`
once for each class. The facts are the compiled rows of the policy, as the agents have them.
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
    """A certification that a member holds.

    Times stay text in this module: their format sorts like the times themselves.
    """

    certification: str
    level: str
    status: str
    valid_from: str | None = None
    valid_until: str | None = None


class SubscribedFacts(Struct, frozen=True, gc=False):
    """A further subscription, beside the one whose fields are in `HolderFacts`."""

    plan: str
    subscription_from: str | None = None
    subscription_until: str | None = None
    grace_days: int = 0


class HolderFacts(Struct, frozen=True, gc=False):
    """The fields of a holder that matter for rights; `NOT_READ` lists those left out."""

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
"""Fields of a holder that give or take no right: they matter only at a tap or on a display."""

FactsKey = tuple[object, ...]
"""The facts of a person as a key: people with equal keys get the same decisions."""
_facts = msgspec.json.Decoder(HolderFacts)
_holder = msgspec.json.Decoder(Holder, dec_hook=dec_hook)


@dataclass(slots=True, eq=False)
class HolderClass:
    """A class of people with the same facts: one of them, and how good their badge is."""

    example: bytes
    """The policy row of one of these people, as JSON."""
    worth: tuple[bool, bool, int]
    """Sorts badges: an active one first, then one that is valid now, then by assurance."""

    def holder(self) -> Holder:
        """The person on whom `decide()` is called for the whole class."""
        return _holder.decode(self.example)


def classify_holders(
    values: Iterable[bytes], certifications: Collection[str], now: Utc
) -> dict[str, HolderClass]:
    """Return the class of each person in these policy rows, by member reference.

    Somebody with several badges counts with the best one. `certifications`: those that the rules in
    question ask for; other certifications make no difference.
    """
    kinds: dict[FactsKey, HolderClass] = {}
    people: dict[str, HolderClass] = {}
    asked, at = frozenset(certifications), now.text()
    for value in values:
        facts = _facts.decode(value)
        if facts.kind == CredentialKind.GROUP:
            continue
        key = _alike(facts, asked, at)
        if (kind := kinds.get(key)) is None:
            kind = kinds[key] = HolderClass(value, _worth(facts, at))
        best = people.get(facts.member)
        if best is None or kind.worth > best.worth:
            people[facts.member] = kind
    return people


def holder_rows(db: Session, site_id: str, only: Select[str] | None = None) -> Iterator[bytes]:
    """Yield the policy's rows of holders at a site; `only`: a query of the holder keys wanted."""
    wanted = select(PolicyRow.value).where(
        PolicyRow.site_id == site_id, PolicyRow.table == "holder", PolicyRow.value.is_not(None)
    )
    if only is not None:
        wanted = wanted.where(PolicyRow.key.in_(keys_at(site_id, only)))
    for some in db.execute(wanted.execution_options(yield_per=_AT_ONCE)).partitions():
        yield from (value for (value,) in some if value is not None)


def _alike(facts: HolderFacts, asked: frozenset[str], at: str) -> FactsKey:
    """Return the facts that matter for a decision; a time counts only as past or not."""
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
    """Return -1 before the start, 0 from the start to the end, 1 after the end."""
    if start is not None and at < start:
        return -1
    return int(end is not None and at >= end)


def _subscribed(subscription: HolderFacts | SubscribedFacts, at: str) -> int:
    """Like `_holds`, for a subscription, with its days of grace."""
    holds = _holds(subscription.subscription_from, subscription.subscription_until, at)
    if holds < 1 or subscription.grace_days <= 0 or subscription.subscription_until is None:
        return holds
    try:
        end = Utc.parse(subscription.subscription_until) + timedelta(days=subscription.grace_days)
    except OverflowError:  # beyond the calendar's end
        return 0
    return int(Utc.parse(at) >= end)


def _worth(facts: HolderFacts, at: str) -> tuple[bool, bool, int]:
    """Return how good a badge is, as `facts_of.best_holder` does: works now, then by assurance."""
    holds = _holds(facts.valid_from, facts.valid_until, at) == 0
    return facts.status == CredentialStatus.ACTIVE, holds, _LEVELS.index(facts.assurance)

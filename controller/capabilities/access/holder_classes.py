"""Groups people with a badge at a site into classes whose facts are equal for `decide()`.

A hundred thousand people fall into a few hundred classes, so calling `decide()` once per class is
enough. The facts come from the compiled rows of the policy.
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

_BATCH_ROWS = 1000
_ASSURANCES = tuple(assurance.value for assurance in Assurance)


class HeldFacts(Struct, frozen=True, gc=False):
    """A certification that a member holds.

    Times stay text in this module, since their format sorts chronologically.
    """

    certification: str
    level: str
    status: str
    valid_from: str | None = None
    valid_until: str | None = None


class SubscribedFacts(Struct, frozen=True, gc=False):
    """A further subscription, beside the one in `HolderFacts`."""

    plan: str
    subscription_from: str | None = None
    subscription_until: str | None = None
    grace_days: int = 0


class HolderFacts(Struct, frozen=True, gc=False):
    """The fields of a holder that affect access; `NOT_READ` lists the others."""

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
"""Fields of a holder that don't affect access outside of a tap."""

FactsKey = tuple[object, ...]
"""A person's facts as a key: people with equal keys get the same decisions."""
_facts = msgspec.json.Decoder(HolderFacts)
_holder = msgspec.json.Decoder(Holder, dec_hook=dec_hook)


@dataclass(slots=True, eq=False)
class HolderClass:
    """A class of people with the same facts: one of them, and the rank of their badge."""

    example: bytes
    """The policy row of one of these people, as JSON."""
    badge_rank: tuple[bool, bool, int]
    """For sorting badges: active ones first, then currently valid ones, then by assurance."""

    def holder(self) -> Holder:
        """Return the person for whom `decide()` is called."""
        return _holder.decode(self.example)


def classify_holders(
    values: Iterable[bytes], certifications: Collection[str], now: Utc
) -> dict[str, HolderClass]:
    """Return the class of each person in these policy rows, by member reference.

    A person with several badges is classified by the best one. `certifications`: those that the
    compared rules require; others make no difference.
    """
    classes: dict[FactsKey, HolderClass] = {}
    people: dict[str, HolderClass] = {}
    required, at = frozenset(certifications), now.text()
    for value in values:
        facts = _facts.decode(value)
        if facts.kind == CredentialKind.GROUP:
            continue
        key = _key_of_facts(facts, required, at)
        if (person_class := classes.get(key)) is None:
            person_class = classes[key] = HolderClass(value, _badge_rank(facts, at))
        best = people.get(facts.member)
        if best is None or person_class.badge_rank > best.badge_rank:
            people[facts.member] = person_class
    return people


def holder_rows(db: Session, site_id: str, only: Select[str] | None = None) -> Iterator[bytes]:
    """Yield the policy's rows of holders at a site; `only`: a query of holder keys that limits
    them."""
    rows = select(PolicyRow.value).where(
        PolicyRow.site_id == site_id, PolicyRow.table == "holder", PolicyRow.value.is_not(None)
    )
    if only is not None:
        rows = rows.where(PolicyRow.key.in_(keys_at(site_id, only)))
    for batch in db.execute(rows.execution_options(yield_per=_BATCH_ROWS)).partitions():
        yield from (value for (value,) in batch if value is not None)


def _key_of_facts(facts: HolderFacts, required: frozenset[str], at: str) -> FactsKey:
    """Return the facts that affect a decision; of a time, only whether it is past."""
    subscribed = (facts.plan, _subscription_phase(facts, at))
    return (
        facts.kind,
        facts.status,
        facts.assurance,
        facts.member_status,
        _phase(facts.valid_from, facts.valid_until, at),
        subscribed,
        tuple(
            (subscription.plan, _subscription_phase(subscription, at))
            for subscription in facts.subscriptions
        ),
        tuple(
            (
                certification.certification,
                certification.level,
                certification.status,
                _phase(certification.valid_from, certification.valid_until, at),
            )
            for certification in facts.certifications
            if certification.certification in required
        ),
    )


def _phase(start: str | None, end: str | None, at: str) -> int:
    """Return -1 before the start, 0 from the start to the end, 1 after the end."""
    if start is not None and at < start:
        return -1
    return int(end is not None and at >= end)


def _subscription_phase(subscription: HolderFacts | SubscribedFacts, at: str) -> int:
    """Like `_phase`, for a subscription, including its grace days."""
    phase = _phase(subscription.subscription_from, subscription.subscription_until, at)
    if phase < 1 or subscription.grace_days <= 0 or subscription.subscription_until is None:
        return phase
    try:
        end = Utc.parse(subscription.subscription_until) + timedelta(days=subscription.grace_days)
    except OverflowError:  # beyond the calendar's end
        return 0
    return int(Utc.parse(at) >= end)


def _badge_rank(facts: HolderFacts, at: str) -> tuple[bool, bool, int]:
    """Return the rank of a badge, like `facts_of.best_holder`: whether it works now, then by
    assurance."""
    is_valid = _phase(facts.valid_from, facts.valid_until, at) == 0
    return facts.status == CredentialStatus.ACTIVE, is_valid, _ASSURANCES.index(facts.assurance)

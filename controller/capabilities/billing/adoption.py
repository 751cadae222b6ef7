"""Adopts changed prices: they apply from their day, and stay in the versions planned after it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce

from sqlalchemy.orm import Session

from controller.capabilities.billing import drafts, tariffs
from controller.capabilities.billing.rates import Rate
from controller.capabilities.billing.shapes import NewTariff, Tariff
from controller.domain.time import Utc
from controller.kernel.actor import Actor

MAX_DECISION_CHARACTERS = 400
"""Longest decision, in characters."""


@dataclass(frozen=True, slots=True)
class _Vat:
    permille: int
    ground: str


_Terms = Mapping[object, Rate | _Vat]
"""The rates of a version by their `key_of`, and its VAT under the key `_Vat`."""


def adopt(db: Session, new: NewTariff, *, actor: Actor, now: Utc) -> tuple[Tariff, ...]:
    """Add a version, and one more for each later day on which other prices are planned.

    A version never changes. For each later planned version, add a replacement with the same start
    day: its prices plus those changes of `new` that it doesn't itself override. Raises as
    `tariffs.create` does.
    """
    added = [tariffs.create(db, new, actor=actor, now=now)]
    other_versions = [
        tariff for tariff in tariffs.of_site(db, added[0].site_id) if tariff.id != added[0].id
    ]
    before = tariffs.version_on(other_versions, new.valid_from)
    changes = _changes(_terms(before), _terms(new))
    for planned_tariff in tariffs.effective(other_versions):
        if planned_tariff.valid_from <= new.valid_from:
            continue
        old, later = _terms(before), _terms(planned_tariff)
        changes = {key: term for key, term in changes.items() if later.get(key) == old.get(key)}
        if changes:
            replacement = _merge_changes(planned_tariff, changes, new.decision)
            added.append(tariffs.create(db, replacement, actor=actor, now=now))
        before = planned_tariff
    return tuple(added)


def _terms(tariff: NewTariff | Tariff | None) -> _Terms:
    if tariff is None:
        return {}
    terms: dict[object, Rate | _Vat] = {tariffs.key_of(rate): rate for rate in tariff.rates}
    terms[_Vat] = _Vat(tariff.vat_permille, tariff.vat_ground)
    return terms


def _changes(old: _Terms, new: _Terms) -> _Terms:
    return {key: term for key, term in new.items() if old.get(key) != term}


def _merge_changes(planned_tariff: Tariff, changes: _Terms, decision: str) -> NewTariff:
    """Return the planned version with these changes, and both decisions if they fit."""
    decisions = f"{planned_tariff.decision} · {decision}"
    vats = [term for term in changes.values() if isinstance(term, _Vat)]
    rates = [term for term in changes.values() if not isinstance(term, _Vat)]
    vat = vats[0] if vats else _Vat(planned_tariff.vat_permille, planned_tariff.vat_ground)
    return NewTariff(
        valid_from=planned_tariff.valid_from,
        decision=decisions if len(decisions) <= MAX_DECISION_CHARACTERS else decision,
        rates=reduce(drafts.with_rate, rates, planned_tariff.rates),
        vat_permille=vat.permille,
        vat_ground=vat.ground,
        site_id=planned_tariff.site_id,
    )

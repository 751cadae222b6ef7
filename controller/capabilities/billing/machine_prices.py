"""The prices of one machine in the valid tariff, and when they change."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from controller.capabilities.billing import priced_items, tariffs
from controller.capabilities.billing.kinds import SourceKind
from controller.capabilities.billing.rates import ArticleRate, MachineRate, Rate
from controller.capabilities.billing.shapes import Tariff

MachineRates = tuple[MachineRate | ArticleRate, ...]
"""The rates of a machine, and of the materials that are sold with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MachinePrices:
    """The prices of a machine on a day."""

    number: int
    """The number of the valid tariff version."""
    everybody: MachineRate | None
    """The rate for members whose plan has none; None: use is free."""
    by_plan: tuple[tuple[MachineRate, dict[str, str]], ...]
    """The rates of plans, each with the plan's name in each language."""
    materials: tuple[ArticleRate, ...]
    other_from: date | None = None
    """The first day on which a later version has other prices for it; None: none is planned."""


def prices_of_machine(db: Session, site_id: str, machine: str, day: date) -> MachinePrices | None:
    """Return the machine's prices on a day of the site's calendar; None: no tariff is valid yet.

    Needs no permission, since prices are public.
    """
    versions = tariffs.of_site(db, site_id)
    current = tariffs.version_on(versions, day)
    if current is None:
        return None
    rates = _rates(current, machine)
    names = priced_items.names(db, site_id, [], [SourceKind.SUBSCRIPTION])
    machine_rates = (rate for rate in rates if isinstance(rate, MachineRate))
    of_all, of_plans = None, []
    for machine_rate in machine_rates:
        if machine_rate.plan_id is None:
            of_all = machine_rate
        else:
            of_plans.append(
                (machine_rate, names.get((SourceKind.SUBSCRIPTION, machine_rate.plan_id), {}))
            )
    return MachinePrices(
        number=current.number,
        everybody=of_all,
        by_plan=tuple(of_plans),
        materials=tuple(rate for rate in rates if isinstance(rate, ArticleRate)),
        other_from=next(_days_of_change(versions, current, machine), None),
    )


def _days_of_change(versions: list[Tariff], current: Tariff, machine: str) -> Iterator[date]:
    """Return the days from which later versions have other prices for the machine."""
    later = (
        version
        for version in tariffs.effective(versions)
        if version.valid_from > current.valid_from
    )
    rates = set(_rates(current, machine))
    return (tariff.valid_from for tariff in later if set(_rates(tariff, machine)) != rates)


def _rates(tariff: Tariff, machine: str) -> MachineRates:
    return tuple(rate for rate in tariff.rates if _is_of(rate, machine))  # type: ignore[misc]


def _is_of(rate: Rate, machine: str) -> bool:
    return isinstance(rate, MachineRate | ArticleRate) and rate.access_point == machine

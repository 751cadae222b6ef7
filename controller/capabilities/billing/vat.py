"""Splits a statement's total into net amount and VAT, by rate or by ground of exemption."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from controller.capabilities.billing.shapes import Charge, Tariff


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """The share of one VAT rate; `ground` is the reason if it has no VAT."""

    permille: int
    ground: str
    net_cents: int
    vat_cents: int


def shares(charges: Iterable[Charge], tariffs: Mapping[str, Tariff]) -> tuple[Share, ...]:
    """Return the shares of these charges, the lowest rate first; they add up to the total."""
    sums: dict[tuple[int, str], tuple[int, int]] = {}
    for charge in charges:
        key = rate_of(charge, tariffs)
        net, vat = sums.get(key, (0, 0))
        sums[key] = net + charge.amount_cents - charge.vat_cents, vat + charge.vat_cents
    return tuple(
        Share(permille=permille, ground=ground, net_cents=net, vat_cents=vat)
        for (permille, ground), (net, vat) in sorted(sums.items())
    )


def rate_of(charge: Charge, tariffs: Mapping[str, Tariff]) -> tuple[int, str]:
    """Return the VAT rate of a charge in permille, and the ground if it is 0."""
    tariff = tariffs.get(charge.tariff_id or "")
    if tariff is None:
        return 0, ""
    return tariff.vat_permille, "" if tariff.vat_permille else tariff.vat_ground

"""Makes accounting entries: balanced lines for each statement, payment, handover and count."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum

from controller.capabilities.billing.cents import ZERO, Cents
from controller.capabilities.billing.kinds import Means, SourceKind
from controller.capabilities.billing.parties import Accounts


class Journal(Enum):
    """An accounting journal with its own numbering: its code and its French name."""

    SALES = "VE", "Relevés"
    PAYMENTS = "EN", "Encaissements"
    HANDOVERS = "VC", "Versements au comptable"
    COUNTS = "CA", "Écarts de caisse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of an entry: an account is either debited or credited."""

    account: str
    label: str
    debit: Cents = ZERO
    credit: Cents = ZERO
    party: tuple[str, str] = ("", "")
    """The payer's account among the customers': number and name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry: the balanced lines of one document."""

    journal: Journal
    day: date
    document: str
    document_day: date
    final_on: date
    text: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class KindTotal:
    """The total of one kind of charge on a statement."""

    kind: SourceKind
    is_remission: bool
    amount: Cents
    vat: Cents


LABELS = {
    "customers": "Usagers et structures",
    "machines": "Utilisation des machines",
    "rooms": "Location de salles",
    "plans": "Pass et abonnements",
    "materials": "Matières et formations",
    "remissions": "Remises accordées",
    "vat": "TVA collectée",
    "cash": "Caisse",
    "cheques": "Chèques à encaisser",
    "cards": "Cartes à encaisser",
    "transfers": "Banque ou compte au Trésor",
    "handed_over": "Virements internes",
    "shortages": "Manquants de caisse",
    "surpluses": "Excédents de caisse",
}
"""Names of the accounts, in the language of the books."""

_SOLD = {
    SourceKind.SESSION: "machines",
    SourceKind.BOOKING: "rooms",
    SourceKind.PASS: "plans",
    SourceKind.SUBSCRIPTION: "plans",
    SourceKind.ENTRY: "materials",
}
_PAID = {
    Means.CASH: "cash",
    Means.CHEQUE: "cheques",
    Means.CARD: "cards",
    Means.TRANSFER: "transfers",
}


def of_statement(
    accounts: Accounts, sold: Iterable[KindTotal], party: tuple[str, str]
) -> list[Line]:
    """Return the lines of a statement: the customer owes the sales and their VAT.

    Empty for a statement of 0.
    """
    sums: defaultdict[str, int] = defaultdict(int)
    for sale in sold:
        sums["remissions" if sale.is_remission else _SOLD[sale.kind]] -= sale.amount - sale.vat
        sums["vat"] -= sale.vat
        sums["customers"] += sale.amount
    return list(_lines(accounts, sums, party))


def of_payment(
    accounts: Accounts, means: Means, amount: Cents, party: tuple[str, str]
) -> list[Line]:
    """Return the lines of a payment: the amount is no longer owed. A negative one reverses it."""
    return list(_lines(accounts, {_PAID[means]: amount, "customers": -amount}, party))


def of_handover(accounts: Accounts, amount: Cents) -> list[Line]:
    """Return the lines of a handover: cash leaves the till."""
    return list(_lines(accounts, {"handed_over": amount, "cash": -amount}, ("", "")))


def of_count(accounts: Accounts, difference: Cents, brought: Cents) -> list[Line]:
    """Return the lines of a count of the till that differs; `brought` is cash brought for the
    float, which is not a surplus."""
    rest = difference - brought
    account = "surpluses" if rest > 0 else "shortages"
    sums = {"cash": difference, "handed_over": -brought, account: -rest}
    return list(_lines(accounts, sums, ("", "")))


def _lines(accounts: Accounts, sums: Mapping[str, int], party: tuple[str, str]) -> Iterator[Line]:
    for key in LABELS:
        amount = sums.get(key, 0)
        if amount:
            yield Line(
                account=getattr(accounts, key),
                label=LABELS[key],
                debit=Cents(max(0, amount)),
                credit=Cents(max(0, -amount)),
                party=party if key == "customers" else ("", ""),
            )

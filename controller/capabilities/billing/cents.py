"""Money: whole cents, never a float; how it is divided, and how people write it."""

import re
from typing import NewType

from sqlalchemy import BigInteger, Dialect
from sqlalchemy.types import TypeDecorator

Cents = NewType("Cents", int)
"""An amount in cents; what is owed is positive, what is given back is negative."""

ZERO = Cents(0)
_WRITTEN = re.compile(r"(-?)(\d{1,7})(?:[.,](\d{1,2}))?", re.ASCII)
_PERMILLE = 1000


class CentsColumn(TypeDecorator[Cents]):
    """A column of cents: any other type than a whole number is refused, not rounded."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Cents | None, dialect: Dialect) -> int | None:
        """Hand the driver a number. Raises TypeError."""
        if value is not None and type(value) is not int:
            raise TypeError(f"{value!r} is not a whole number of cents")
        return value

    def process_result_value(self, value: int | None, dialect: Dialect) -> Cents | None:
        """Read it back; a sum of PostgreSQL is a `Decimal`."""
        return None if value is None else Cents(int(value))


def take_share(amount: int, parts: int, of: int) -> Cents:
    """`amount * parts / of`, to the nearest cent; half a cent away from zero."""
    whole, rest = divmod(abs(amount * parts), of)
    rounded = whole + (2 * rest >= of)
    return Cents(rounded if amount * parts >= 0 else -rounded)


def vat_in(amount: Cents, permille: int) -> Cents:
    """The VAT that an amount contains, so that what is left is rounded once."""
    return Cents(amount - take_share(amount, _PERMILLE, _PERMILLE + permille))


def parse_amount(text: str) -> Cents | None:
    """Euros as a person types them (`12`, `12,5`, `12.50 €`); None: not an amount."""
    bare = re.sub(r"[\s\u00a0\u202f€]", "", text).replace("\u2212", "-")
    found = _WRITTEN.fullmatch(bare)
    if found is None:
        return None
    sign, euros, cents = found.groups()
    amount = int(euros) * 100 + int((cents or "0").ljust(2, "0"))
    return Cents(-amount if sign else amount)


def plain(amount: int) -> str:
    """`1234` as `12,34`: for files and forms, without blanks or a sign of money."""
    sign = "-" if amount < 0 else ""
    return f"{sign}{abs(amount) // 100},{abs(amount) % 100:02d}"

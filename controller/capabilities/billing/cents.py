"""Money in whole cents, never as a float: rounding, VAT, parsing and formatting."""

import re
from typing import NewType

from sqlalchemy import BigInteger, Dialect
from sqlalchemy.types import TypeDecorator

Cents = NewType("Cents", int)
"""An amount in cents; positive if it is owed, negative if it is given back."""

ZERO = Cents(0)
_WRITTEN = re.compile(r"(-?)(\d{1,7})(?:[.,](\d{1,2}))?", re.ASCII)
_PERMILLE = 1000


class CentsColumn(TypeDecorator[Cents]):
    """A column of cents; refuses any other type than a whole number, instead of rounding."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Cents | None, dialect: Dialect) -> int | None:
        """Check that the value is a whole number. Raises TypeError."""
        if value is not None and type(value) is not int:
            raise TypeError(f"{value!r} is not a whole number of cents")
        return value

    def process_result_value(self, value: int | None, dialect: Dialect) -> Cents | None:
        """Convert the value to cents; PostgreSQL returns a sum as `Decimal`."""
        return None if value is None else Cents(int(value))


def take_share(amount: int, parts: int, whole: int) -> Cents:
    """Return `amount * parts / whole`, rounded to the nearest cent; half a cent away from zero."""
    quotient, rest = divmod(abs(amount * parts), whole)
    rounded = quotient + (2 * rest >= whole)
    return Cents(rounded if amount * parts >= 0 else -rounded)


def vat_in(amount: Cents, permille: int) -> Cents:
    """Return the VAT contained in an amount; it is rounded so that the net amount is in whole
    cents."""
    return Cents(amount - take_share(amount, _PERMILLE, _PERMILLE + permille))


def parse_amount(text: str) -> Cents | None:
    """Parse euros as a person types them (`12`, `12,5`, `12.50 €`); None: not an amount."""
    bare = re.sub(r"[\s\u00a0\u202f€]", "", text).replace("\u2212", "-")
    match = _WRITTEN.fullmatch(bare)
    if match is None:
        return None
    sign, euros, cents = match.groups()
    amount = int(euros) * 100 + int((cents or "0").ljust(2, "0"))
    return Cents(-amount if sign else amount)


def format_amount(amount: int) -> str:
    """Format 1234 cents as `12,34`, for files and forms, without blanks or a currency sign."""
    sign = "-" if amount < 0 else ""
    return f"{sign}{abs(amount) // 100},{abs(amount) % 100:02d}"

"""What is published of the file of entries (LPF, art. A47 A-1), each rule by itself."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

NAMES = [
    "JournalCode",
    "JournalLib",
    "EcritureNum",
    "EcritureDate",
    "CompteNum",
    "CompteLib",
    "CompAuxNum",
    "CompAuxLib",
    "PieceRef",
    "PieceDate",
    "EcritureLib",
    "Debit",
    "Credit",
    "EcritureLet",
    "DateLet",
    "ValidDate",
    "Montantdevise",
    "Idevise",
]
FILLED = [
    "JournalCode",
    "JournalLib",
    "EcritureNum",
    "EcritureDate",
    "CompteNum",
    "CompteLib",
    "PieceRef",
    "PieceDate",
    "EcritureLib",
    "Debit",
    "Credit",
    "ValidDate",
]
Row = dict[str, str]
Rule = Callable[[str, bytes], bool]


def faults(name: str, data: bytes) -> list[str]:
    """The rules that a file breaks."""
    return [rule.__name__ for rule in RULES if not rule(name, data)]


def rows(data: bytes) -> list[Row]:
    lines = data.decode("iso8859-15").split("\r\n")
    return [dict(zip(NAMES, line.split("\t"), strict=False)) for line in lines[1:-1]]


def is_named_as_asked(name: str, data: bytes) -> bool:
    found = re.fullmatch(r"(\d{9})FEC(\d{8})\.txt", name)
    return found is not None and _is_day(found[2])


def has_the_eighteen_columns_in_order(name: str, data: bytes) -> bool:
    return data.split(b"\r\n")[0].decode().split("\t") == NAMES


def has_eighteen_fields_a_line(name: str, data: bytes) -> bool:
    return data.endswith(b"\r\n") and all(
        line.count(b"\t") == 17 for line in data.split(b"\r\n")[:-1]
    )


def is_in_iso_8859_15(name: str, data: bytes) -> bool:
    """Any byte is a letter there, but not those that control; what is UTF-8 throughout is that."""
    text = data.decode("iso8859-15")
    controls = re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", text)
    return controls is None and (data.isascii() or not _is_utf8(data))


def is_filled_where_it_must_be(name: str, data: bytes) -> bool:
    return all(row.get(key) for row in rows(data) for key in FILLED)


def has_days_as_eight_digits(name: str, data: bytes) -> bool:
    days = ("EcritureDate", "PieceDate", "ValidDate")
    return all(_is_day(row.get(key, "")) for row in rows(data) for key in days)


def has_amounts_with_a_decimal_comma(name: str, data: bytes) -> bool:
    return all(
        re.fullmatch(r"\d+,\d\d", row.get(key, ""))
        for row in rows(data)
        for key in ("Debit", "Credit")
    )


def is_of_the_chart_of_accounts(name: str, data: bytes) -> bool:
    return all(re.match(r"[1-8]\d\d", row.get("CompteNum", "")) for row in rows(data))


def has_debit_or_credit_a_line(name: str, data: bytes) -> bool:
    return all((_amount(row, "Debit") != 0) != (_amount(row, "Credit") != 0) for row in rows(data))


def balances_each_entry(name: str, data: bytes) -> bool:
    sums: dict[tuple[str, str], Decimal] = {}
    for row in rows(data):
        key = row.get("JournalCode", ""), row.get("EcritureNum", "")
        sums[key] = sums.get(key, Decimal(0)) + _amount(row, "Debit") - _amount(row, "Credit")
    return not any(sums.values())


def numbers_without_a_gap(name: str, data: bytes) -> bool:
    """In each journal one after the other, in the order of the file."""
    given: dict[str, list[int]] = {}
    for row in rows(data):
        text = row.get("EcritureNum", "")
        given.setdefault(row.get("JournalCode", ""), []).append(int(text) if text.isdigit() else -1)
    return all(
        some[0] > 0 and all(b - a in (0, 1) for a, b in pairwise(some)) for some in given.values()
    )


def is_in_the_order_of_validation(name: str, data: bytes) -> bool:
    valid = [row.get("ValidDate", "") for row in rows(data)]
    return valid == sorted(valid)


def is_final_no_earlier_than_dated(name: str, data: bytes) -> bool:
    return all(row.get("ValidDate", "") >= row.get("EcritureDate", "") for row in rows(data))


RULES: tuple[Rule, ...] = (
    is_named_as_asked,
    has_the_eighteen_columns_in_order,
    has_eighteen_fields_a_line,
    is_in_iso_8859_15,
    is_filled_where_it_must_be,
    has_days_as_eight_digits,
    has_amounts_with_a_decimal_comma,
    is_of_the_chart_of_accounts,
    has_debit_or_credit_a_line,
    balances_each_entry,
    numbers_without_a_gap,
    is_in_the_order_of_validation,
    is_final_no_earlier_than_dated,
)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _is_day(text: str) -> bool:
    try:
        return len(text) == 8 and datetime.strptime(text, "%Y%m%d").year > 1900  # noqa: DTZ007
    except ValueError:
        return False


def _amount(row: Row, key: str) -> Decimal:
    text = row.get(key, "")
    return Decimal(text.replace(",", ".")) if re.fullmatch(r"\d+,\d+", text) else Decimal(0)


def planted(data: bytes) -> Iterator[tuple[str, str, bytes]]:
    """A fault for each rule: its name, and the file with it."""
    good = "123456789FEC20261031.txt"
    lines = data.split(b"\r\n")
    head, first, second, *rest = lines

    def with_first(key: str, value: str) -> bytes:
        cells = first.split(b"\t")
        cells[NAMES.index(key)] = value.encode("iso8859-15")
        return b"\r\n".join([head, b"\t".join(cells), second, *rest])

    def swapped(line: bytes) -> bytes:
        return line.replace(b"JournalCode\tJournalLib", b"JournalLib\tJournalCode")

    yield "is_named_as_asked", "FEC.txt", data
    yield "has_the_eighteen_columns_in_order", good, b"\r\n".join([swapped(head), *lines[1:]])
    yield "has_eighteen_fields_a_line", good, data.replace(first, first + b"\t", 1)
    yield "is_in_iso_8859_15", good, data.decode("iso8859-15").encode()
    yield "is_filled_where_it_must_be", good, with_first("CompteLib", "")
    yield "has_days_as_eight_digits", good, with_first("PieceDate", "31/10/2026")
    yield "has_amounts_with_a_decimal_comma", good, with_first("Debit", "3.00")
    yield "is_of_the_chart_of_accounts", good, with_first("CompteNum", "Ventes")
    yield "has_debit_or_credit_a_line", good, with_first("Debit", "3,00")
    yield "balances_each_entry", good, with_first("Debit", "3,01")
    yield "numbers_without_a_gap", good, b"\r\n".join([head, first, second, *_later(rest)])
    yield "is_in_the_order_of_validation", good, with_first("ValidDate", "20991231")
    yield "is_final_no_earlier_than_dated", good, with_first("EcritureDate", "20991231")


def _later(lines: list[bytes]) -> list[bytes]:
    """From the second entry on, one number is left out."""
    number = NAMES.index("EcritureNum")
    found = []
    for line in lines:
        cells = line.split(b"\t")
        if len(cells) == 18 and cells[number].isdigit() and int(cells[number]) > 1:
            cells[number] = str(int(cells[number]) + 1).encode()
        found.append(b"\t".join(cells))
    return found

"""Months, spelled `2026-11`, in the language of the page."""

from datetime import date

from webui.i18n.dates import format_day


def month_name(month: str) -> str:
    """`novembre 2026`."""
    return _format(month, "LLLL y")


def short_month(month: str) -> str:
    """`nov.`."""
    return _format(month, "LLL")


def month_beside(month: str, shown: str) -> str:
    """A month to go to from the one shown: `déc.`, with its year where that is another one."""
    return _format(month, "LLL" if month[:4] == shown[:4] else "LLL y")


def _format(month: str, pattern: str) -> str:
    return format_day(date.fromisoformat(f"{month}-01"), pattern)

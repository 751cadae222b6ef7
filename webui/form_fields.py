"""Fields that several forms share."""

from collections.abc import Iterable

from flask import abort, request


def version() -> int | None:
    """Return the version of the record that the form was made from; None: any."""
    text = request.form.get("version", "")
    return int(text) if text.isdecimal() else None


def required_version() -> int:
    """Return the version; 400 for a form without one."""
    number = version()
    return abort(400) if number is None else number


def texts(names: Iterable[str]) -> dict[str, str]:
    """Return the values of these fields, each cut to 400 characters."""
    return {name: request.form.get(name, "").strip()[:400] for name in names}

"""Fields that several forms share."""

from collections.abc import Iterable

from flask import abort, request


def version() -> int | None:
    """The version that was read before it is changed; None: whichever it has."""
    text = request.form.get("version", "")
    return int(text) if text.isdecimal() else None


def required_version() -> int:
    """The same; 400 for a form without one."""
    found = version()
    return abort(400) if found is None else found


def texts(names: Iterable[str]) -> dict[str, str]:
    """These fields as they were typed, each of 400 characters at most."""
    return {name: request.form.get(name, "").strip()[:400] for name in names}

"""The query in the matrix's address, and the addresses of similar views."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode

from flask import url_for

LONGEST_QUERY = 80
"""Longest value of the query that is read."""
_YES = "yes"


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixView:
    """The filters, the page, and the open cell of the matrix."""

    q: str = ""
    zone: str = ""
    session: str = ""
    shown: str = ""
    """The only certification that a small screen shows."""
    soon: str = ""
    """`yes`: only members with a certification that ends soon; empty: all."""
    everybody: str = ""
    """`yes`: also members without a certification or an upcoming session; empty: not."""
    after: str = ""
    member: str = ""
    certification: str = ""

    @classmethod
    def read(cls, args: Mapping[str, str]) -> Self:
        """Return the view for the query of an address; unknown fields are ignored."""
        values = {field.name: args.get(field.name, "")[:LONGEST_QUERY] for field in fields(cls)}
        flags = {name: _YES if values[name] else "" for name in ("soon", "everybody")}
        return cls(**{**values, **flags, "q": values["q"].strip()})

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Return the view from the text that a form kept."""
        return cls.read(dict(parse_qsl(text)))

    @property
    def text(self) -> str:
        """The view as text, for a form to keep."""
        return urlencode(self._set_fields())

    def href(self, anchor: str = "matrix", **changes: str) -> str:
        """Return the address of this view with some changes.

        A changed filter starts at the first page.
        """
        if not {"member", "after"} & changes.keys():
            changes = {**changes, "after": "", "member": "", "certification": ""}
        return url_for("training.show", _anchor=anchor, **replace(self, **changes)._set_fields())

    def cell(self, member: str, certification: str) -> str:
        """Return the address of this view with that cell open."""
        return self.href("cell", member=member, certification=certification)

    def cells(self) -> Callable[[str, str], str]:
        """Return a function like `cell` that is fast for a whole table."""
        start, mark, anchor = self.cell("", "").partition("#")
        separator = "&" if "?" in start else "?"

        def href(member: str, certification: str) -> str:
            query = urlencode({"member": member, "certification": certification})
            return f"{start}{separator}{query}{mark}{anchor}"

        return href

    def toggled(self, flag: str) -> str:
        """Return the address with this flag switched on or off."""
        return self.href(**{flag: "" if getattr(self, flag) else _YES})

    def _set_fields(self) -> dict[str, Any]:
        return {f.name: value for f in fields(self) if (value := getattr(self, f.name))}

"""What of the matrix is asked for, as it stands in its address, and the addresses beside it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode

from flask import url_for

LONGEST_QUERY = 80
_YES = "yes"


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixView:
    """The filters, the page, and the cell that is open."""

    q: str = ""
    zone: str = ""
    session: str = ""
    shown: str = ""
    """The one certification that a small screen shows."""
    soon: str = ""
    everybody: str = ""
    after: str = ""
    member: str = ""
    certification: str = ""

    @classmethod
    def read(cls, args: Mapping[str, str]) -> Self:
        """What an address says; what it doesn't know is left out."""
        known = {field.name: args.get(field.name, "")[:LONGEST_QUERY] for field in fields(cls)}
        flags = {name: _YES if known[name] else "" for name in ("soon", "everybody")}
        return cls(**{**known, **flags, "q": known["q"].strip()})

    @classmethod
    def back(cls, text: str) -> Self:
        """As a form kept it."""
        return cls.read(dict(parse_qsl(text)))

    @property
    def kept(self) -> str:
        """For a form to keep."""
        return urlencode(self._said())

    def href(self, anchor: str = "matrix", **changes: str) -> str:
        """The address of this with some of it changed; another filter begins at its first page."""
        if not {"member", "after"} & changes.keys():
            changes = {**changes, "after": "", "member": "", "certification": ""}
        return url_for("training.show", _anchor=anchor, **replace(self, **changes)._said())

    def cell(self, member: str, certification: str) -> str:
        """The address with that cell open."""
        return self.href("cell", member=member, certification=certification)

    def cells(self) -> Callable[[str, str], str]:
        """`cell` for a table of them, of which most of the address is made once."""
        start, mark, anchor = self.cell("", "").partition("#")
        glue = "&" if "?" in start else "?"

        def href(member: str, certification: str) -> str:
            asked = urlencode({"member": member, "certification": certification})
            return f"{start}{glue}{asked}{mark}{anchor}"

        return href

    def toggled(self, flag: str) -> str:
        """The address with that said, or said no more."""
        return self.href(**{flag: "" if getattr(self, flag) else _YES})

    def _said(self) -> dict[str, Any]:
        return {f.name: value for f in fields(self) if (value := getattr(self, f.name))}

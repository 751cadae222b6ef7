"""Whose each thing in a database is, found by its tables: new ones need no word here."""

from collections import defaultdict
from dataclasses import dataclass, field

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from controller.store.base import Base
from tests.security.web.visitor import Seen, Visitor
from webui.feature import AT_SITE

NOTHING = "nothing"
CALLED = {
    "read": "commands",
    "order": "commands",
    "badge": "credentials",
    "session_id": "course-sessions",
    "report": "reports-by-users",
    "time": "time",
    "job": "print-jobs",
}
"""What the API calls otherwise than an address does."""
STEPS = {"step": "badge", "action": "open", "month": "2026-11", "secret": "of-no-link"}
"""What stands in an address and names no thing, where no page shows it."""


@dataclass
class Things:
    """The ids of each table, by site."""

    by_table: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    table_of: dict[str, str] = field(default_factory=dict)

    def of(self, site: str) -> set[str]:
        """All ids of that site."""
        return {key for (_, at), keys in self.by_table.items() if at == site for key in keys}

    def alike(self, key: str, site: str) -> str | None:
        """A thing of the same kind, of that site."""
        table = self.table_of.get(key)
        return next(iter(self.by_table.get((table or "", site), [])), None)


def things(db: Session) -> Things:
    """Read all tables."""
    found = Things()
    member = Base.metadata.tables["member"].c
    rows = db.execute(select(member.id, member.site_id))
    members = {row.id: row.site_id for row in rows}
    for table in Base.metadata.sorted_tables:
        if [column.name for column in table.primary_key] == ["id"] and table.name != "site":
            for key, site in _rows(db, table, members):
                found.by_table[table.name, site].append(key)
                found.table_of[key] = table.name
    return found


def _rows(db: Session, table: Table, members: dict[str, str]) -> list[tuple[str, str]]:
    for name in ("site_id", "member_id"):
        if name in table.c:
            rows = db.execute(select(table.c.id, table.c[name]))
            named = ((str(key), members.get(whose, whose)) for key, whose in rows)
            return [(key, site) for key, site in named if site]
    return []


@dataclass
class Places:
    """What the addresses that somebody saw name, by the word before and the name of the part."""

    ids: dict[str, list[str]]
    """What the API calls by the same words."""
    values: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, visitor: Visitor, seen: Seen, ids: dict[str, list[str]]) -> "Places":
        """Learn from all links and forms."""
        made = cls(ids)
        for page in seen.pages.values():
            for address in (*page.links, *page.parts):
                made._learn(visitor, address, "GET")
        for every in seen.forms.values():
            for _, form in every:
                made._learn(visitor, form.action, form.method)
        return made

    def address(self, rule: str) -> str:
        """That address, of the first of what may stand in each of its parts."""
        parts = rule.removeprefix(AT_SITE).split("/")
        pairs = zip(["", *parts], parts, strict=False)
        filled = (self._filled(a, b) if b.startswith("<") else b for a, b in pairs)
        return "/".join(filled)

    def _filled(self, before: str, part: str) -> str:
        name, _, ending = part[1:].partition(">")
        return self.known(before, name) + ending

    def known(self, before: str, name: str) -> str:
        """What may stand there: as a page shows it, as the API calls it, or elsewhere."""
        called = self.ids.get(CALLED.get(name, before)) or []
        exact = self.values.get((before, name)) or called
        same = (
            word for (_, other), every in self.values.items() if other == name for word in every
        )
        return next(iter([*exact, *same]), STEPS.get(name, NOTHING))

    def _learn(self, visitor: Visitor, address: str, method: str) -> None:
        path = address.partition("?")[0].partition("#")[0]
        found = visitor.match(path, method)
        if found is None:
            return
        parts = path.split("/")
        for name, value in found[1].items():
            for before, part in zip(["", *parts], parts, strict=False):
                known = self.values.setdefault((before, name), [])
                if value in (part, part.partition(".")[0]) and value not in known:
                    known.append(value)

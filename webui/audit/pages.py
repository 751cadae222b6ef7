"""The audit log: list and filter it, export it as a file, and verify its hash chain."""

import csv
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import msgspec
from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from controller.capabilities.audit import chain_check, reading
from controller.capabilities.audit.action_labels import ActionGroup
from controller.capabilities.audit.reading import SUBJECT_KINDS, Filter, NamedEntry
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Permission
from controller.kernel.audit import START
from controller.kernel.csv_cells import defuse
from controller.kernel.database import Session
from controller.kernel.privacy import rules_of
from webui.audit.views import (
    AuditPage,
    actor_text,
    chain_view,
    days,
    filter_error_texts,
    group_options,
    kind_options,
    retention_views,
    subject_text,
)
from webui.context import context
from webui.feature import Pages
from webui.guard import actor, site
from webui.i18n import _
from webui.navigation import SAFETY, Nav
from webui.parts import Option
from webui.undo import flash_done

# The audit filter in the address; invalid values are reported and ignored.

_MAX_DIGITS = 18
"""Longest number of an entry in the address, which the database can still compare."""


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """A query as the form's fields have it, and as a filter."""

    fields: dict[str, str]
    filter: Filter
    unread: frozenset[str]
    """Names of fields with invalid values, which are ignored."""


def read_query(
    parameters: MultiDict[str, str], actors: Collection[str], zone: ZoneInfo
) -> AuditQuery:
    """Read the query from the address.

    `actors` are those who can be chosen; members are not among them, so that nobody can list a
    member's actions.
    """
    text = {
        name: parameters.get(name, "") for name in ("from", "to", "by", "group", "kind", "before")
    }
    first, last = _day(text["from"]), _day(text["to"])
    before = text["before"]
    usable = before.isascii() and before.isdecimal() and len(before) <= _MAX_DIGITS
    group = text["group"] if text["group"] in tuple(ActionGroup) else ""
    fields = {
        "from": first.isoformat() if first else "",
        "to": last.isoformat() if last else "",
        "by": text["by"] if text["by"] in actors else "",
        "group": group,
        "kind": text["kind"] if text["kind"] in SUBJECT_KINDS else "",
    }
    return AuditQuery(
        fields=fields,
        unread=frozenset(name for name in fields if text[name].strip() and not fields[name]),
        filter=Filter(
            since=Utc.midnight(first, zone) if first else None,
            until=Utc.midnight(last + timedelta(days=1), zone) if last else None,
            actor=text["by"] if text["by"] in actors else None,
            group=ActionGroup(group) if group else None,
            kind=text["kind"] if text["kind"] in SUBJECT_KINDS else None,
            before=int(before) if usable else None,
        ),
    )


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year < 3000 else None


_READ = Permission.AUDIT_READ
pages = Pages("audit", __name__)


@pages.get(
    "/audit",
    _READ,
    nav=Nav(
        entry=SAFETY,
        icon="scroll-text",
        text=lambda: _("Audit"),
        place=40,
        also="audit log history historique traces",
    ),
)
def show() -> ResponseReturnValue:
    """Show the newest entries that match, the state of the chain, and the retention periods."""
    web, place, me = context(), site(), actor()
    zone, now = ZoneInfo(place.time_zone), web.clock()
    with web.database.read() as db:
        query, people = _read_page_query(db, zone)
        entries, before = reading.page(db, query.filter, actor=me)
        proofs = reading.retention_entries(db, place.id, actor=me)
        page = AuditPage(
            chain=chain_view(chain_check.chain_state(db), now, zone),
            days=tuple(days(entries, zone)),
            fields=query.fields,
            actors=people,
            groups=group_options(),
            kinds=kind_options(),
            wrong={
                name: text for name, text in filter_error_texts().items() if name in query.unread
            },
            before=before,
            retention=tuple(retention_views(rules_of(db), proofs, web.settings.retention, zone)),
        )
    return render_template("audit/audit.html", page=page)


@pages.post("/audit/check", _READ)
def check() -> ResponseReturnValue:
    """Verify the chain now."""
    web, me = context(), actor()
    now = web.clock()
    with web.database.read() as db:
        after = chain_check.check_start(db, now)
        state = audit.check(db, after)
    with web.database.write() as db:
        chain_check.record_check(db, state, after, actor=me, now=now)
    if state[0] is None:
        text = _("Everything was checked again: the chain is intact.")
        flash_done(text if after == START else _("Checked: the chain is intact."))
    return redirect(url_for("audit.show"), 303)


@pages.get("/audit/csv", _READ)
def as_csv() -> ResponseReturnValue:
    """Return the matching entries as a CSV file; that they were exported is recorded in the audit
    log."""
    web, place, me = context(), site(), actor()
    zone = ZoneInfo(place.time_zone)
    with web.database.read() as db:
        query, _people = _read_page_query(db, zone)
        if query.unread:  # else the file would silently hold something else than was asked
            return redirect(f"{url_for('audit.show')}?{request.query_string.decode()}", 303)
        rows = [_cells(entry, zone) for entry in reading.all_entries(db, query.filter, actor=me)]
    with web.database.write() as db:
        reading.note_export(db, place.id, actor=me, now=web.clock())
    text = StringIO()
    csv.writer(text, delimiter=";").writerows([defuse(cell) for cell in row] for row in rows)
    columns = ("no", "at", "actor", "act", "of", "reason", "detail", "hash")
    headers = {"Content-Disposition": f'attachment; filename="audit-{place.id}.csv"'}
    # With the byte order mark by which spreadsheets recognise UTF-8.
    body = "\ufeff" + ";".join(columns) + "\r\n" + text.getvalue()
    return Response(body, content_type="text/csv", headers=headers)


def _read_page_query(db: Session, zone: ZoneInfo) -> tuple[AuditQuery, tuple[Option, ...]]:
    """Return the query in the address, and the actors to choose from."""
    people = reading.actors(db, site().id, actor=actor())
    options = [Option(value=ref, text=name) for ref, name in people]
    everybody = Option(value="", text=_("Everybody"))
    return read_query(request.args, {ref for ref, _name in people}, zone), (everybody, *options)


def _cells(named_entry: NamedEntry, zone: ZoneInfo) -> list[str]:
    entry = named_entry.entry
    return [
        str(entry.seq),
        entry.at.astimezone(zone).isoformat(timespec="seconds"),
        actor_text(named_entry),
        entry.action,
        subject_text(named_entry, zone),
        entry.reason or "",
        msgspec.json.encode(entry.detail).decode(),
        entry.hash,
    ]

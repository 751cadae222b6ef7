"""Find two records of one person, compare them side by side, and merge them permanently."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.accounts import linked_record
from controller.capabilities.members import merged_records, record_merge
from controller.capabilities.members.changes import MergeObstacle, MergeRefused
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.record_merge import MergePreview
from controller.capabilities.members.shapes import Member
from controller.capabilities.plans import member_search
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.kernel.errors import NotFound, ServiceError, Stale
from controller.kernel.names import names_of
from webui.context import context
from webui.feature import Pages
from webui.guard import actor, site_zone
from webui.i18n import _
from webui.members import namesakes, tables
from webui.members.member_action import known_here, refusal
from webui.members.moves import debt, named_moves, plans_of_both
from webui.members.reading import MemberReader
from webui.members.views import MemberLine, categories_text, member_line
from webui.naming import is_same_name
from webui.undo import flash_done, refuse

CANDIDATE_LIMIT = 8
"""How many candidates are offered."""
_ID = re.compile(r"[0-9a-f-]{36}")
"""The form of a record's id; anything else never was one."""
pages = Pages("merging", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class MergePage:
    """The page to merge: the record to keep, and either candidates or a preview of the merge."""

    member: Member
    query: str = ""
    candidates: tuple[MemberLine, ...] = ()
    """Candidates for the other record."""
    compare: Mapping[str, str] = field(default_factory=dict)
    """By candidate, the address of the comparison, with the record to keep by default."""
    merging: MergePreview | None = None
    moves: tuple[tuple[str, int | str, tuple[str, ...]], ...] = ()
    """What moves to the kept record: label, number and details of each; then what is owed."""
    plans_of_both: str = ""
    """Names of the plans of which both have a subscription now or later."""
    marks: Mapping[str, str] = field(default_factory=dict)
    """By id, marks that distinguish the two records even if their names are equal."""
    error: str = ""
    """Why the records were not merged, or can't be; empty: no error."""
    typed: str = ""
    """The name that was typed for confirmation, which is shown again after an error."""

    @property
    def is_same_name(self) -> bool:
        """Whether both records have the same name, so that the typed name does not identify one."""
        preview = self.merging
        return preview is not None and is_same_name(
            preview.kept.display_name, preview.gone.display_name
        )


@pages.get("/members/<member>/merge", Permission.CERTIFY)
def choose(member: str) -> ResponseReturnValue:
    """Show the page to choose the other record, then the comparison of both."""
    page = _page(member, request.args.get("other", ""), request.args.get("q"))
    return render_template("members/merge.html", page=page)


@pages.post("/members/<member>/merge", Permission.CERTIFY)
def merge(member: str) -> ResponseReturnValue:
    """Merge the records; the name must be typed, because this can't be undone."""
    other, typed = request.form.get("other", ""), request.form.get("name", "").strip()
    # The last audit entry of the preview; without it, the preview counts as out of date.
    last_act = request.form.get("last_act", -1, type=int)
    try:
        page = _page(member, other, None)
        if page.merging is None:
            return _show_error(page, typed, page.error or abort(400))
        if not is_same_name(typed, page.merging.gone.display_name):
            return _show_error(
                page, typed, _("Type this name exactly as shown: this can’t be undone.")
            )
        if page.is_same_name and request.form.get("gone") != other:
            return _show_error(
                page, typed, _("Choose the record to remove: both records have this name.")
            )
        with context().database.write() as db:
            known_here(db, member)
            known_here(db, other)
            record_merge.merge(
                db, member, other, actor=actor(), now=context().clock(), last_act=last_act
            )
    except NotFound:
        if not _ID.fullmatch(other):
            raise
        return _show_gone(member, typed)
    except Stale:
        error = _("One of the records was changed in the meantime: compare them again.")
        return _show_error(_page(member, other, None), typed, error)
    except MergeRefused as refused:
        return _show_error(page, typed, blocker_text(refused.why))
    except ServiceError as error:
        return _show_error(page, typed, refusal(error))
    flash_done(_("Records merged. This one now contains everything from the other."))
    return redirect(url_for("member.show", member=member), 303)


def _show_error(page: MergePage, typed: str, error: str) -> ResponseReturnValue:
    page_again = replace(page, error=error, typed=typed)
    return render_template("members/merge.html", page=page_again), 422


def _show_gone(member: str, typed: str) -> ResponseReturnValue:
    """Show that a record was merged or erased in the meantime. Raises NotFound if that was
    this member's own."""
    error = _("One of the records is no longer here: it was merged or erased in the meantime.")
    with context().database.read() as db:
        kept = merged_records.surviving_record(db, member)
    if kept is None:
        return _show_error(_page(member, "", None), typed, error)
    refuse(error)
    return redirect(url_for("merging.choose", member=kept), 303)


def _page(member: str, other: str, query: str | None) -> MergePage:
    with context().database.read() as db:
        person = known_here(db, member)
        if not other:
            search_text = person.display_name if query is None else query[:80]
            candidates = _candidates(db, person, search_text)
            return MergePage(
                member=person,
                query=search_text,
                candidates=candidates,
                compare={line.id: _comparison(db, person.id, line.id) for line in candidates},
            )
        known_here(db, other)
        try:
            linked_record.accounts_to_merge(db, member, other, actor())
            preview = record_merge.preview(db, member, other, actor=actor())
            moves = tables.merge_summary(preview.moves, _named_moves(db, preview.gone))
        except MergeRefused as refused:
            return MergePage(
                member=person, query=person.display_name, error=blocker_text(refused.why)
            )
        except ServiceError as error:
            return MergePage(member=person, query=person.display_name, error=refusal(error))
        owed = (*_address(db, preview), *debt(db, preview.gone.id, context().clock()))
        same_plans = plans_of_both(db, member, other, actor(), context().clock())
        descriptions = namesakes.descriptions(db, (member, other))
        marks = {
            record.id: ", ".join(
                filter(None, (descriptions[record.id], categories_text(record.categories)))
            )
            for record in (preview.kept, preview.gone)
        }
    return MergePage(
        member=person, merging=preview, moves=(*moves, *owed), plans_of_both=same_plans, marks=marks
    )


def _comparison(db: Session, member: str, other: str) -> str:
    kept = linked_record.record_to_keep(db, (member, other))
    gone = other if kept == member else member
    return url_for("merging.choose", member=kept, other=gone)


def _address(db: Session, preview: MergePreview) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """Return the address that is taken over, and who typed it: letters go there from now on."""
    if preview.kept.email is not None or preview.gone.email is None:
        return ()
    author = linked_record.record(db, db.get_one(MemberRow, preview.gone.id)).address_by or ""
    name = names_of(db, [author]).get(author, author) or _("an import")
    return (
        (_("E-mail address"), preview.gone.email, (_("Address entered by %(name)s", name=name),)),
    )


def _named_moves(db: Session, merged_record: Member) -> dict[str, tuple[str, ...]]:
    zone = site_zone()
    reader = MemberReader(
        db=db, who=actor(), now=context().clock(), zone=zone, member=merged_record.id
    )
    return named_moves(reader, merged_record)


def _candidates(db: Session, member: Member, search_text: str) -> tuple[MemberLine, ...]:
    now, zone = context().clock(), site_zone()
    rows = member_search.similar_members(
        db, search_text, actor=actor(), now=now, limit=CANDIDATE_LIMIT
    )
    lines = [member_line(row, {}, now, zone) for row in rows if row.id != member.id]
    marks = namesakes.descriptions(db, [candidate.id for candidate in lines])
    return tuple(replace(candidate, beside=marks[candidate.id]) for candidate in lines)


def blocker_text(reason: MergeObstacle) -> str:
    """Return why the records can't be merged yet, in words."""
    return {
        MergeObstacle.SAME: _("This is the same record."),
        MergeObstacle.ONESELF: _("You can’t merge your own record: ask another manager."),
        MergeObstacle.TWO_ACCOUNTS: _("Both records have an account: close one of them."),
        MergeObstacle.STAFF: _(
            "One of the two people is staff: only an admin of each place where they have a role "
            "can merge these records."
        ),
        MergeObstacle.MACHINE: _(
            "The other person is using a machine: wait until they have finished."
        ),
        MergeObstacle.WINDOW: _("The other person is supervising now: end the supervision first."),
        MergeObstacle.EVACUATION: _("An evacuation is in progress: wait until it has ended."),
        MergeObstacle.ELSEWHERE: _(
            "The other record also belongs to another place: ask somebody who may certify there "
            "too to merge the records, or keep that record instead."
        ),
    }[reason]

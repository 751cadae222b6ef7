"""Find two records of one person, compare them side by side, and merge them permanently."""

from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.members import record_merge
from controller.capabilities.members.changes import MergeRefused, NotMerged
from controller.capabilities.members.record_merge import MergePreview
from controller.capabilities.members.shapes import Member
from controller.capabilities.plans import member_search
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.kernel.errors import NotFound, ServiceError
from webui.context import context
from webui.feature import Pages
from webui.guard import actor, site
from webui.i18n import _
from webui.members import namesakes, tables
from webui.members.member_action import known_here, refusal
from webui.members.moves import debt, named_moves
from webui.members.reading import MemberReader
from webui.members.views import MemberLine, line
from webui.naming import is_same_name
from webui.undo import flash_done

CANDIDATE_LIMIT = 8
pages = Pages("merging", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class MergePage:
    """What the page shows: the record to keep, and either candidates or a preview of the merge."""

    member: Member
    query: str = ""
    found: tuple[MemberLine, ...] = ()
    merging: MergePreview | None = None
    moves: tuple[tuple[str, int | str, tuple[str, ...]], ...] = ()
    """What moves, in words: how much of it, and which rights and payers; then what is owed."""
    wrong: str = ""
    typed: str = ""


@pages.get("/members/<member>/merge", Permission.CERTIFY)
def choose(member: str) -> ResponseReturnValue:
    """The page to choose the other record, then to compare both."""
    page = _page(member, request.args.get("other", ""), request.args.get("q"))
    return render_template("members/merge.html", page=page)


@pages.post("/members/<member>/merge", Permission.CERTIFY)
def merge(member: str) -> ResponseReturnValue:
    """Merge the records; the name has to be typed, because this can't be undone."""
    other, typed = request.form.get("other", ""), request.form.get("name", "").strip()
    try:
        page = _page(member, other, None)
        if page.merging is None:
            return _show_error(page, typed, page.wrong or abort(400))
        if not is_same_name(typed, page.merging.gone.display_name):
            return _show_error(
                page, typed, _("Type this name exactly as shown: this can’t be undone.")
            )
        with context().database.write() as db:
            known_here(db, member)
            known_here(db, other)
            record_merge.merge(db, member, other, actor=actor(), now=context().clock())
    except NotFound:
        abort(404)
    except MergeRefused as refused:
        return _show_error(page, typed, blocker_text(refused.why))
    except ServiceError as error:
        return _show_error(page, typed, refusal(error))
    flash_done(_("Records merged. This one now contains everything from the other."))
    return redirect(url_for("member.show", member=member), 303)


def _show_error(page: MergePage, typed: str, wrong: str) -> ResponseReturnValue:
    again = replace(page, wrong=wrong, typed=typed)
    return render_template("members/merge.html", page=again), 422


def _page(member: str, other: str, query: str | None) -> MergePage:
    with context().database.read() as db:
        found = known_here(db, member)
        if not other:
            asked = found.display_name if query is None else query[:80]
            return MergePage(member=found, query=asked, found=_candidates(db, found, asked))
        known_here(db, other)
        try:
            both = record_merge.preview(db, member, other, actor=actor())
            moves = tables.label_moves(both.moves, _named_moves(db, both.gone))
        except MergeRefused as refused:
            return MergePage(
                member=found, query=found.display_name, wrong=blocker_text(refused.why)
            )
        except ServiceError as error:
            return MergePage(member=found, query=found.display_name, wrong=refusal(error))
        owed = debt(db, both.gone.id)
    return MergePage(member=found, merging=both, moves=(*moves, *owed))


def _named_moves(db: Session, gone: Member) -> dict[str, tuple[str, ...]]:
    zone = ZoneInfo(site().time_zone)
    here = MemberReader(db=db, who=actor(), now=context().clock(), zone=zone, member=gone.id)
    return named_moves(here, gone)


def _candidates(db: Session, found: Member, asked: str) -> tuple[MemberLine, ...]:
    now, zone = context().clock(), ZoneInfo(site().time_zone)
    rows = member_search.similar_members(db, asked, actor=actor(), now=now, limit=CANDIDATE_LIMIT)
    lines = [line(row, {}, now, zone) for row in rows if row.id != found.id]
    return namesakes.distinguish(db, lines)


def blocker_text(reason: NotMerged) -> str:
    """Why the records can't be merged yet, as text."""
    return {
        NotMerged.SAME: _("This is the same record."),
        NotMerged.ONESELF: _("You can’t merge your own record: ask another manager."),
        NotMerged.SIGN_INS: _("Both records have an account: close one of them."),
        NotMerged.STAFF: _(
            "One of the two people is staff: only an admin of each place where they have a role "
            "can merge these records."
        ),
        NotMerged.MACHINE: _("The other person is using a machine: wait until they have finished."),
        NotMerged.WINDOW: _("The other person is supervising now: end the supervision first."),
        NotMerged.EVACUATION: _("An evacuation is in progress: wait until it has ended."),
        NotMerged.ELSEWHERE: _(
            "The other record also belongs to another place: ask somebody who may certify there "
            "too to merge the records, or keep that record instead."
        ),
    }[reason]

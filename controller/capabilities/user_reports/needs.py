"""Needs: what people are missing, how often they reported it, and the decision."""

from collections.abc import Collection, Sequence, Set
from datetime import timedelta

from sqlalchemy import Select, exists, func, or_, select, update
from sqlalchemy.orm import Session

from controller.capabilities.user_reports.models import (
    WISHES,
    NeedRow,
    NeedState,
    ToldKind,
    ToldState,
    UserReport,
)
from controller.capabilities.user_reports.news import NeedNews, UserReportNews
from controller.capabilities.user_reports.shapes import (
    Discard,
    MergeNeed,
    Need,
    NeedFields,
    NewNeed,
    Sorting,
)
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Conflict, Invalid, NotFound
from controller.kernel.mapping import to_shape, write
from controller.kernel.outbox import post_news
from controller.kernel.paging import FIRST, Cursor, Page
from controller.kernel.paging import page as paged
from controller.kernel.rows import at_sites, get_or_404, require_version, resolve_site, visible
from controller.kernel.validate import merge, several_lines
from controller.wire.ids import uuid7

PILLARS = {
    "rights": "Accès aux droits",
    "training": "Apprendre",
    "machines": "Machines et matières",
    "hours": "Horaires",
    "families": "Familles",
    "accessibility": "Accessibilité",
    "projects": "Projets et entraide",
}
"""Themes of every site, with their French names; a site may add its own."""
UNDO_TIME = timedelta(minutes=5)
"""How long the text of a discarded report is kept, so that it can be undone."""
UNSORTED_LIMIT = 200
"""Maximum number of unsorted reports of needs for the whole site; further ones are refused."""
PUBLIC_MINIMUM = 11
"""Below this number, the public does not see how often a need was reported."""
ANSWERED = (NeedState.DONE, NeedState.DECLINED)
"""States that settle the reports of a need."""
_READ, _WRITE = Permission.DESK, Permission.RULES_WRITE


def create(db: Session, new: NewNeed, *, actor: Actor, now: Utc) -> Need:
    """Create a need in the staff's words; only managers may publish it.

    Raises Invalid, Forbidden.
    """
    site_id = resolve_site(db, actor, _READ, new.site_id)
    if new.published or new.outcome or new.state is not NeedState.OPEN:
        actor.require(_WRITE, site_id)
    row = NeedRow(id=uuid7(), site_id=site_id, at_desk=0, created_at=now)
    _apply(row, new, now)
    db.add(row)
    return _publish(db, row)


def get(db: Session, need_id: str, *, actor: Actor) -> Need:
    """Return one need. Raises NotFound."""
    return _shapes(db, [_visible(db, need_id, actor)])[0]


def page(
    db: Session,
    *,
    actor: Actor,
    theme: str | None = None,
    state: NeedState | None = None,
    published: bool | None = None,
    cursor: Cursor = FIRST,
) -> Page[Need]:
    """Return a page of needs of the sites at whose desk the actor works."""
    statement = select(NeedRow).where(at_sites(NeedRow.site_id, actor.sites(_READ)))
    for column, value in (
        (NeedRow.theme, theme),
        (NeedRow.state, state),
        (NeedRow.published, published),
    ):
        if value is not None:
            statement = statement.where(column == value)
    return paged(db, statement, NeedRow.id, cursor, lambda rows: _shapes(db, rows))


def change(
    db: Session, need_id: str, patch: object, *, version: int | None, actor: Actor, now: Utc
) -> Need:
    """Apply a merge patch of the wording or the decision.

    A decision settles the need's reports: a published reply is what their reporters read.

    Raises NotFound, Invalid, Stale, Forbidden.
    """
    row = _visible(db, need_id, actor)
    actor.require(_WRITE, row.site_id)
    require_version(row, version)
    was_published = row.published
    _reopen_reports(db, row)
    _apply(row, merge(_shapes(db, [row])[0], patch, NeedFields), now)
    if row.published != was_published:
        action = "need_published" if row.published else "need_withdrawn"
        audit.record(db, actor, now, action, f"need:{row.id}", row.site_id)
    _settle_reports(db, row, actor, now)
    return _publish(db, row)


def count_in_person(db: Session, need_id: str, *, actor: Actor, now: Utc) -> Need:
    """Count one more report of this need, made in person at the desk. Raises NotFound."""
    row = _visible(db, need_id, actor)
    _count(db, row, 1, now)
    return _publish(db, row)


def count_less(db: Session, need_id: str, *, actor: Actor, now: Utc) -> Need:
    """Undo `count_in_person`. Raises NotFound."""
    row = _visible(db, need_id, actor)
    _count(db, row, -1 if row.at_desk else 0, now)
    return _publish(db, row)


def sort(db: Session, need_id: str, new: Sorting, *, actor: Actor, now: Utc) -> Need:
    """Sort a report into this need. Raises NotFound, Invalid, Conflict."""
    row = _visible(db, need_id, actor)
    report = db.get(UserReport, new.report_id)
    if report is None or report.site_id != row.site_id or report.kind not in WISHES:
        raise Invalid.of("report_id", "no report of a need at this site")
    if report.need_id is not None:
        raise Conflict("this report is sorted already")
    report.need_id = row.id
    _count(db, row, 0, now)
    if report.state is ToldState.NEW:
        report.state, report.taken_by, report.taken_at = ToldState.TAKEN, actor.ref, now
    _settle_reports(db, row, actor, now)
    return _publish(db, row)


def unsort(db: Session, need_id: str, old: Sorting, *, actor: Actor, now: Utc) -> Need:
    """Undo `sort`. Raises NotFound, Invalid."""
    row = _visible(db, need_id, actor)
    report = db.get(UserReport, old.report_id)
    if report is None or report.need_id != row.id:
        raise Invalid.of("report_id", "no report of this need")
    _reopen_reports(db, row, only=report.id)
    if report.state is ToldState.TAKEN and report.taken_at == row.changed_at:
        report.state, report.taken_by, report.taken_at = ToldState.NEW, None, None
    report.need_id = None
    _count(db, row, 0, now)
    return _publish(db, row)


def discard(db: Session, report_id: str, new: Discard, *, actor: Actor, now: Utc) -> None:
    """Discard an unsorted report. Its text is emptied soon after. Raises NotFound, Conflict."""
    report = _report(db, report_id, actor)
    _check_unsorted(report)
    if report.dangerous:
        raise Conflict("this report is about a danger: settle it at its machine")
    report.state, report.discarded = ToldState.DONE, new.reason
    report.done_by, report.done_at = actor.ref, now
    _record_discard(db, report, "user_report_discarded", actor, now, reason=new.reason.value)


def leave_at_machine(db: Session, report_id: str, *, actor: Actor, now: Utc) -> ToldKind:
    """Leave an unsorted report to whoever maintains its machine, and return what it was.

    Raises NotFound, Conflict.
    """
    report = _report(db, report_id, actor)
    _check_unsorted(report)
    if report.access_point_id is None:
        raise Conflict("this report is not about a machine")
    before, report.kind = report.kind, ToldKind.UPKEEP
    _publish_report(db, report)
    return before


def sort_again(db: Session, report_id: str, kind: ToldKind, *, actor: Actor, now: Utc) -> None:
    """Undo `leave_at_machine`. Raises NotFound, Conflict, Invalid."""
    report = _report(db, report_id, actor)
    if report.kind is not ToldKind.UPKEEP or report.state is ToldState.DONE:
        raise Conflict("this report is settled, or was not left at its machine")
    if kind not in WISHES:
        raise Invalid.of("kind", "no kind of need")
    report.kind = kind
    _publish_report(db, report)


def restore(db: Session, report_id: str, *, actor: Actor, now: Utc) -> None:
    """Undo `discard`. Raises NotFound, and Conflict when its text is gone."""
    report = _report(db, report_id, actor)
    if report.discarded is None or report.text is None:
        raise Conflict("this report is not discarded, or its text is erased")
    report.state = ToldState.TAKEN if report.taken_by else ToldState.NEW
    report.discarded = report.done_by = report.done_at = None
    _record_discard(db, report, "user_report_restored", actor, now)


def forget_discarded(db: Session, now: Utc) -> None:
    """Delete the text of discarded reports, once the few minutes for undoing it are over."""
    due = UserReport.discarded.is_not(None) & (UserReport.done_at < Utc.of(now - UNDO_TIME))
    emptied = dict.fromkeys(("text", "label", "contact", "member_id"))
    db.execute(update(UserReport).where(due, UserReport.text.is_not(None)).values(emptied))


def deletable(db: Session, need_ids: Sequence[str]) -> Set[str]:
    """Return which of these needs `delete` accepts."""
    has_report = exists().where(UserReport.need_id == NeedRow.id)
    has_no_reply = ~NeedRow.published & (func.coalesce(NeedRow.outcome, "") == "")
    is_own = (NeedRow.state == NeedState.OPEN) & has_no_reply & (NeedRow.at_desk <= 1)
    return set(db.scalars(select(NeedRow.id).where(NeedRow.id.in_(need_ids), is_own, ~has_report)))


def delete(db: Session, need_id: str, *, actor: Actor, now: Utc) -> None:
    """Delete a need that was reported only by its author and has no reply.

    Raises NotFound, Conflict.
    """
    row = _visible(db, need_id, actor)
    if row.id not in deletable(db, [row.id]):
        raise Conflict("people asked for this need, or it has a reply: merge it with another")
    _remove(db, row, "need_deleted", actor, now)


def merge_into(db: Session, need_id: str, new: MergeNeed, *, actor: Actor, now: Utc) -> Need:
    """Merge a need into another, which gets its counts and reports, and delete it.

    Raises NotFound, Invalid, Forbidden.
    """
    row, other = _visible(db, need_id, actor), _visible(db, new.need_id, actor)
    actor.require(_WRITE, row.site_id)
    if row.id == other.id or row.site_id != other.site_id:
        raise Invalid.of("need_id", "choose another need of the same site")
    _reopen_reports(db, row)
    moved = update(UserReport).where(UserReport.need_id == row.id)
    db.execute(moved.values(need_id=other.id))
    _count(db, other, row.at_desk, now)
    _remove(db, row, "need_merged", actor, now)
    _settle_reports(db, other, actor, now)
    return _publish(db, other)


def unsorted_needs(
    db: Session, site_id: str, *, actor: Actor, limit: int
) -> tuple[UserReport, ...]:
    """Return the unsorted reports, oldest first. Raises Forbidden."""
    actor.require(_READ, site_id)
    unsorted = _select_unsorted(site_id).order_by(UserReport.id).limit(limit)
    return tuple(db.scalars(select(UserReport).where(UserReport.id.in_(unsorted))))


def report_for_site(db: Session, site_id: str, theme: str, text: str, *, now: Utc) -> None:
    """Report a need for the site as a whole, without an account. Raises Conflict, Invalid."""
    unsorted_count = select(func.count()).select_from(_select_unsorted(site_id).subquery())
    if (db.scalar(unsorted_count) or 0) >= UNSORTED_LIMIT:
        raise Conflict("too many reports are waiting; staff will read them")
    row = UserReport(
        id=uuid7(),
        site_id=site_id,
        kind=ToldKind.NEED,
        text=several_lines("text", text),
        theme=theme,
        dangerous=False,
        state=ToldState.NEW,
        created_at=now,
        stop_at_idle=False,
    )
    db.add(row)
    db.flush()


def confirm(db: Session, site_id: str, need_id: str, *, now: Utc) -> None:
    """Count a published need once more, anonymously. Raises NotFound, and Conflict if it has been
    decided."""
    row = get_or_404(db, NeedRow, need_id, "need")
    if row.site_id != site_id or not row.published:
        raise NotFound("need", need_id)
    if row.state in ANSWERED:
        raise Conflict("this need has been decided; report a new one")
    _count(db, row, 1, now)
    _publish(db, row)


def published_needs(db: Session, site_id: str) -> list[Need]:
    """Return the published needs, most often reported first.

    Small numbers don't affect the order and must not be shown.
    """
    published = select(NeedRow).where(NeedRow.site_id == site_id, NeedRow.published.is_(True))
    all_needs = _shapes(db, list(db.scalars(published)))
    return sorted(all_needs, key=lambda need: (-max(need.times, PUBLIC_MINIMUM - 1), need.id))


def of_site(db: Session, site_id: str, *, actor: Actor) -> list[Need]:
    """Return all needs of a site, most often reported first. Raises Forbidden."""
    actor.require(_READ, site_id)
    all_needs = _shapes(db, list(db.scalars(select(NeedRow).where(NeedRow.site_id == site_id))))
    return sorted(all_needs, key=lambda need: (-need.times, need.id))


def contacts(db: Session, need_ids: Collection[str], *, actor: Actor) -> dict[str, tuple[str, ...]]:
    """Return by need how to reach those who wait for a reply, oldest first.

    A contact is stored for a day after the reply. Empty for actors who may not read members.
    """
    statement = select(UserReport).where(
        UserReport.need_id.in_(need_ids), UserReport.contact.is_not(None)
    )
    found: dict[str, dict[str, None]] = {}
    for report in db.scalars(statement.order_by(UserReport.id)):
        if report.need_id and report.contact and actor.may(Permission.MEMBERS_READ, report.site_id):
            found.setdefault(report.need_id, {})[report.contact] = None
    return {need_id: tuple(texts) for need_id, texts in found.items()}


def _select_unsorted(site_id: str) -> Select[str]:
    return select(UserReport.id).where(
        UserReport.site_id == site_id,
        UserReport.kind.in_(WISHES),
        UserReport.need_id.is_(None),
        UserReport.state != ToldState.DONE,
    )


def _report(db: Session, report_id: str, actor: Actor) -> UserReport:
    report = get_or_404(db, UserReport, report_id, "report")
    if report.kind is ToldKind.FAULT or not actor.may(_READ, report.site_id):
        raise NotFound("report", report_id)
    return report


def _check_unsorted(report: UserReport) -> None:
    is_settled = report.need_id is not None or report.state is ToldState.DONE
    if is_settled or report.kind not in WISHES:
        raise Conflict("this report is sorted or settled already")


def _record_discard(
    db: Session, report: UserReport, action: str, actor: Actor, now: Utc, **detail: str
) -> None:
    db.flush()
    audit.record(db, actor, now, action, f"user_report:{report.id}", report.site_id, **detail)
    post_news(db, NeedNews(site=report.site_id, key=report.id))


def _publish_report(db: Session, report: UserReport) -> None:
    db.flush()
    post_news(db, UserReportNews(site=report.site_id, key=report.id))
    post_news(db, NeedNews(site=report.site_id, key=report.id))


def _remove(db: Session, row: NeedRow, action: str, actor: Actor, now: Utc) -> None:
    audit.record(db, actor, now, action, f"need:{row.id}", row.site_id)
    post_news(db, NeedNews(site=row.site_id, key=row.id))
    db.delete(row)
    db.flush()


def _visible(db: Session, key: str, actor: Actor) -> NeedRow:
    return visible(db, NeedRow, key, "need", actor, _READ)


def _apply(row: NeedRow, new: NeedFields, now: Utc) -> None:
    if new.published and new.state is NeedState.DECLINED and not new.outcome:
        raise Invalid.of("outcome", "give a reason before publishing that it is declined")
    write(row, new, NeedFields, changed_at=now)


def _settle_reports(db: Session, need: NeedRow, actor: Actor, now: Utc) -> None:
    """Settle the reports of a need with a decision, but for dangers, which are settled alone."""
    if need.state not in ANSWERED:
        return
    waiting = select(UserReport).where(
        UserReport.need_id == need.id,
        UserReport.state != ToldState.DONE,
        UserReport.dangerous.is_(False),
    )
    for report in db.scalars(waiting):
        report.state, report.done_by, report.done_at = ToldState.DONE, actor.ref, now
        report.remark = need.outcome if need.published else None
        post_news(db, UserReportNews(site=report.site_id, key=report.id))
    db.flush()


def _reopen_reports(db: Session, need: NeedRow, *, only: str | None = None) -> None:
    """Undo `_settle_reports`, for one report or for all."""
    settled = select(UserReport).where(
        UserReport.need_id == need.id,
        UserReport.state == ToldState.DONE,
        or_(UserReport.remark.is_(None), UserReport.remark == need.outcome),
    )
    for report in db.scalars(settled.where(UserReport.id == only) if only else settled):
        report.state = ToldState.TAKEN if report.taken_by else ToldState.NEW
        report.done_by = report.done_at = report.remark = None
        post_news(db, UserReportNews(site=report.site_id, key=report.id))
    db.flush()


def _count(db: Session, row: NeedRow, difference: int, now: Utc) -> None:
    """Change the number of reports at the desk without a new version of the row, so that a reply
    that is being written stays valid."""
    statement = update(NeedRow).where(NeedRow.id == row.id)
    db.execute(statement.values(at_desk=NeedRow.at_desk + difference, changed_at=now))
    db.refresh(row)


def _publish(db: Session, row: NeedRow) -> Need:
    db.flush()
    post_news(db, NeedNews(site=row.site_id, key=row.id))
    return _shapes(db, [row])[0]


def _shapes(db: Session, rows: Sequence[NeedRow]) -> list[Need]:
    report_counts = _report_counts(db, rows)
    return [to_shape(row, Need, times=row.at_desk + report_counts.get(row.id, 0)) for row in rows]


def _report_counts(db: Session, rows: Sequence[NeedRow]) -> dict[str, int]:
    """Return the number of written reports per need."""
    counts = (
        select(UserReport.need_id, func.count())
        .where(UserReport.need_id.in_([row.id for row in rows]))
        .group_by(UserReport.need_id)
    )
    return {key: count for key, count in db.execute(counts) if key}

"""The page of the funder report: exact figures of some months, and the answers typed by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.organisations import projects
from controller.capabilities.statistics import annual, volunteer_time
from controller.capabilities.statistics import funder as reporting
from controller.capabilities.statistics.annual import Question
from controller.capabilities.statistics.periods import Period
from controller.capabilities.statistics.shapes import Figure, Partner, VolunteerEntry
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.kernel.errors import Invalid
from webui.context import context
from webui.guard import account, actor, is_allowed, site
from webui.i18n import _, plural
from webui.naming import read_label
from webui.paging import all_items
from webui.parts import Option
from webui.request_transaction import request_transaction
from webui.statistics.annual import AnsweredQuestion, answered_questions
from webui.statistics.formatting import amount_words, when_words
from webui.statistics.funder_asked import (
    FunderData,
    period_name,
    quick_periods,
    read_funder_data,
    report_address,
)
from webui.statistics.funder_chapters import Chapter, chapters, partner_sentence, withheld_text
from webui.statistics.funder_sections import Section, lead, sections
from webui.statistics.pages import pages, this_month
from webui.statistics.period_words import month_options
from webui.statistics.site_choice import names_of_parts, site_choices
from webui.undo import flash_done

_READ = Permission.REPORTS_READ


@dataclass(frozen=True, slots=True)
class PartnerLine:
    """A partner, and each project with whether the partner funds it."""

    id: str
    name: str
    projects: str
    choices: tuple[tuple[Option, bool], ...]


@dataclass(frozen=True, slots=True)
class VolunteerTimeLine:
    """An entry of volunteers' time."""

    what: str
    when: str
    amount: str


@dataclass(frozen=True, slots=True)
class RefusedForm:
    """What was typed in a form of the page that was refused, and what is wrong by field."""

    name: str = ""
    """Name of the form; empty: none was refused."""
    typed: Mapping[str, str] = field(default_factory=dict)
    wrong: Mapping[str, str] = field(default_factory=dict)
    project_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FunderPage:
    """The funder report of some months."""

    first: str
    last: str
    name: str
    place_name: str
    quick_periods: tuple[tuple[str, str, str], ...]
    months: tuple[Option, ...]
    """The months to choose from."""
    partner: str
    """Id of the partner for whom the report is; empty: for any."""
    partner_name: str
    lead: tuple[str, ...]
    sections: tuple[Section, ...]
    withheld: str
    """Which numbers open data withhold, in words."""
    places: tuple[tuple[Option, bool], ...]
    """The sites that can be counted together, each with whether it is; empty: only one site."""
    also: list[str]
    """Ids of the other sites that are counted with this one."""
    partners: tuple[PartnerLine, ...]
    projects: tuple[Option, ...]
    volunteer_times: tuple[VolunteerTimeLine, ...]
    """The latest entries of volunteers' time."""
    year: int
    """The year that the typed answers are about."""
    todo: tuple[AnsweredQuestion, ...]
    may_answer: bool
    may_fund: bool
    may_note: bool
    refused: RefusedForm = RefusedForm()

    @property
    def chapters(self) -> tuple[Chapter, ...]:
        """The figures by subject."""
        return chapters(self.sections)

    @property
    def address(self) -> dict[str, Any]:
        """The values of addresses of this report: months, partner and other sites."""
        chosen = {"first": self.first, "last": self.last, "partner": self.partner or None}
        return {**chosen, "place": self.also}


@pages.get("/reports/funder", _READ)
def funder() -> ResponseReturnValue:
    """Show the funder report."""
    return render_template("reports/funder.html", page=read_page())


@pages.post("/reports/funder/annual", annual.WRITE)
def answer() -> ResponseReturnValue:
    """Save the answers for the *dossier annuel* of a year."""
    web, form = context(), request.form
    texts = {question: form.get(question.value, "").replace("\r\n", "\n") for question in Question}
    first, last = form.get("first", ""), form.get("last", "")
    try:
        with web.database.write() as db:
            year = int(last[:4])
            annual.store_answers(db, site().id, year, texts, actor=actor(), now=web.clock())
    except Invalid as error:
        wrong = frozenset(field_error.field or "" for field_error in error.errors)
        page = replace(read_page((first, last)), todo=answered_questions(texts, wrong))
        return render_template("reports/funder.html", page=page), 422
    except ValueError:
        abort(404)
    flash_done(_("Saved for the %(year)s annual report.", year=str(year)))
    return redirect(url_for("reports.funder", **report_address(), _anchor="todo"), 303)


def read_page(
    period: tuple[str, str] | None = None, *, data: FunderData | None = None
) -> FunderPage:
    """Read the page for the months and sites in the address, or for those given."""
    with request_transaction() as db:
        data = data or read_funder_data(period)
        first, last = data.months[0].month, data.months[-1].month
        year = int(last[:4])
        answers = annual.answers(db, site().id, year, actor=actor())
        names = names_of_parts(db, data.sites)
        volunteered = volunteer_time.newest_entries(db, site().id, actor=actor())
        all_projects = all_items(lambda cursor: projects.page(db, actor=actor(), cursor=cursor))
        empty_count = _empty_session_count(db, data)
    options = tuple(
        Option(value=project.id, text=read_label(project.name)) for project in all_projects
    )
    return FunderPage(
        first=first,
        last=last,
        name=period_name(first, last),
        place_name=", ".join(read_label(place.name) for place in data.sites),
        quick_periods=quick_periods(),
        months=month_options(Period(first, last), this_month()),
        partner=data.partner.id if data.partner else "",
        partner_name=read_label(data.partner.name) if data.partner else "",
        lead=(*partner_sentence(data), *lead(data.months, empty_count)),
        sections=(figures := sections(data, names)),
        withheld=withheld_text(figures),
        places=site_choices(data.sites),
        also=data.places,
        partners=tuple(_partner_line(partner, options) for partner in data.partners),
        projects=options,
        volunteer_times=tuple(_volunteer_line(entry) for entry in volunteered),
        year=year,
        todo=answered_questions(answers),
        may_answer=is_allowed(annual.WRITE) and not data.is_several,
        may_fund=is_allowed(Permission.RULES_WRITE),
        may_note=is_allowed(Permission.MEMBERS_WRITE),
    )


def _empty_session_count(db: Session, data: FunderData) -> int:
    """Return how many course sessions have no participants, at all of these sites."""
    who, now = account() or abort(401), context().clock()
    span = data.months[0].month, data.months[-1].month
    return sum(
        reporting.count_empty_sessions(db, place.id, *span, actor=who.actor, now=now)
        for place in data.sites
    )


def _partner_line(partner: Partner, options: Sequence[Option]) -> PartnerLine:
    return PartnerLine(
        partner.id,
        read_label(partner.name),
        plural("%(n)s project funded", "%(n)s projects funded", len(partner.project_ids)),
        tuple((option, option.value in partner.project_ids) for option in options),
    )


def _volunteer_line(entry: VolunteerEntry) -> VolunteerTimeLine:
    text = plural("%(n)s person", "%(n)s people", entry.people)
    when = _("%(day)s, %(people)s", day=when_words(entry.day.isoformat()), people=text)
    return VolunteerTimeLine(
        entry.what, when, amount_words(Figure.VOLUNTEERS, entry.minutes * 60_000)
    )

"""Data of the page of hours and plans."""

from collections.abc import Mapping
from dataclasses import dataclass

from webui.naming import NameField
from webui.parts import Option
from webui.training.notice_view import NoticeView
from webui.training.session_text import SessionCard


@dataclass(frozen=True, slots=True, kw_only=True)
class NameForm:
    """A form for a name; `wrong` is why it was refused, which also keeps the form open."""

    fields: tuple[NameField, ...]
    wrong: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A part of a day, in hundredths of the hours that are drawn."""

    look: str
    """`on`, `more` (added), `less` (removed) or `cut` (closed by a special day)."""
    x: float
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Time:
    """The fields for start and end of one span, with a label for screen readers."""

    name: str
    start: str
    end: str
    label: str
    new: bool
    wrong: str = ""
    """Which fields hold no valid time: `a`, `b` or `ab`."""
    first: str = ""
    """Which of the two gets the cursor; empty: neither."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekDay:
    """A day of the week: its bars and its times."""

    name: str
    today: bool
    bars: tuple[Bar, ...]
    words: str
    change: str
    """How much longer or shorter a draft makes the day; empty: it does not."""
    less: bool
    """Whether the draft makes it shorter."""
    times: tuple[Time, ...]
    more: Time
    """Empty fields for one more span."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """A tab that selects a schedule."""

    name: str
    hours: str
    href: str
    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AffectedPerson:
    """Somebody who loses or gains hours, or whose booking falls outside them."""

    name: str
    href: str
    why: str
    """What changes for them, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectView:
    """What saving would change, as a preview."""

    after: int
    same: str
    """How many people could come in at some time of the week before the change, in words."""
    loses: tuple[AffectedPerson, ...]
    loses_words: str
    more_lose: int
    gains: tuple[AffectedPerson, ...]
    gains_words: str
    more_gain: int
    outside: tuple[AffectedPerson, ...]
    outside_words: str
    save: str
    shown: str
    """A digest of the preview, compared again on saving."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCourse:
    """A course session on a special day; `notice` is who is or was notified of a change."""

    card: SessionCard
    notice: NoticeView | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DaysSaved:
    """The members and course sessions that special days affect."""

    notice: NoticeView | None
    """Whom the special days affect through bookings; None: nobody."""
    courses: tuple[DayCourse, ...]
    others: tuple[tuple[str, str, str], ...]
    """Other bookings while the site is closed, of which nobody is notified: the member's name, when
    and what, and the address of that day."""
    others_title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DaysEffect(DaysSaved):
    """The members and sessions that would be affected, and the form to save anyway."""

    action: str
    fields: Mapping[str, str]
    shown: str
    """What was shown, compared again on saving."""
    note: str
    """What else changes with these days; empty: nothing."""
    replaced_days: "tuple[SpecialDays, ...]"
    """The special days that would be replaced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekView:
    """The schedule that is shown, with a draft if there is one."""

    id: str
    name: str
    version: int
    hours: tuple[str, ...]
    days: tuple[WeekDay, ...]
    total: str
    drafted: bool
    json: str
    wrong: str
    """The error in the form of the week; empty: none."""
    effect: EffectView | None
    heavy: str
    """Address that computes the effect if that takes long; empty: `effect` has it."""
    naming: NameForm


@dataclass(frozen=True, slots=True, kw_only=True)
class TodayView:
    """The choices to change today's hours."""

    text: str
    """Today's hours, as a sentence."""
    closing_note: str
    """What else closes with today, or stays open; empty: nothing."""
    close: tuple[Option, ...]
    """Earlier closing times."""
    stay: tuple[Option, ...]
    """Later closing times."""
    open: bool
    """Whether the site is open now."""
    is_special_day: bool
    date: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecialDays:
    """Consecutive days with hours that differ from the regular week, or school holidays."""

    days: str
    how: str
    """The hours of these days, in words."""
    reason: str
    first: str
    last: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HolidayLine:
    """A coming public holiday."""

    day: str
    name: str
    date: str
    state: str
    closed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarDay:
    """A day in the calendar of the coming weeks."""

    number: str
    mark: str
    """The closing hour of a special day; empty: regular hours, or closed."""
    label: str
    look: str
    today: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The calendar of the coming weeks, with special days and holidays."""

    title: str
    weekdays: tuple[str, ...]
    weeks: tuple[tuple[CalendarDay, ...], ...]
    special_days: tuple[SpecialDays, ...]
    holidays: tuple[HolidayLine, ...]
    """The next public holidays that are no special days yet."""
    more_holidays: str
    """How many further ones are not closed; empty: none."""
    left_open: int
    """How many public holidays of the coming year are not closed."""
    school: tuple[SpecialDays, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanView:
    """A plan as a sentence, with the options for each part."""

    id: str
    name: str
    version: int
    people: str
    ending: str
    share: int
    """The people in percent of those of the most common plan."""
    zones: tuple[tuple[Option, bool], ...]
    zones_text: str
    schedules: tuple[tuple[Option, bool], ...]
    schedule_text: str
    outside: bool
    """Whether it opens doors while the site is closed; `closed` are the options for that."""
    closed: tuple[tuple[Option, bool], ...]
    grace_text: str
    grace: tuple[tuple[Option, bool], ...]
    drafted: bool
    json: str
    effect: EffectView | None
    heavy: str
    naming: NameForm


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursPage:
    """The whole page of hours and plans."""

    state: str
    has_opening: bool
    tabs: tuple[Tab, ...]
    week: WeekView | None
    today: TodayView | None
    calendar: Calendar | None
    saved: DaysSaved | None
    """Whom the saved special days affect."""
    opening: str
    plans: tuple[PlanView, ...]
    plans_words: str
    may_write_rules: bool
    wrong: str
    """The error that concerns the whole page; empty: none."""
    days_effect: DaysEffect | None
    typed: Mapping[str, str]
    """What was typed into the form of special days that was refused."""
    day_errors: Mapping[str, str]
    """The errors of the fields in the form of special days."""
    new_schedule: NameForm
    new_plan: NameForm

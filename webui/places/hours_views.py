"""What the page of hours and plans shows."""

from collections.abc import Mapping
from dataclasses import dataclass

from webui.naming import NameField
from webui.parts import Option
from webui.training.notice_view import NoticeView
from webui.training.session_text import SessionCard


@dataclass(frozen=True, slots=True, kw_only=True)
class NameForm:
    """A form that gives a name; `wrong`: why what was typed was refused, and it opens."""

    fields: tuple[NameField, ...]
    wrong: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A stretch of a day, in hundredths of the hours that are drawn."""

    look: str
    """`on`, `more`, `less`, `cut`."""
    x: float
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Time:
    """Two fields and what they are called for who does not see where they stand."""

    name: str
    start: str
    end: str
    label: str
    new: bool
    wrong: str = ""
    """Which of the two holds no time: `a`, `b`, or both; the first of the week has the cursor."""
    first: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekDay:
    """A day of the week: drawn, and its times."""

    name: str
    today: bool
    bars: tuple[Bar, ...]
    words: str
    change: str
    less: bool
    times: tuple[Time, ...]
    more: Time


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """One schedule."""

    name: str
    hours: str
    href: str
    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AffectedPerson:
    """Somebody who loses or gains, or whose booking falls outside."""

    name: str
    href: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectView:
    """The preview of saving."""

    after: int
    same: str
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
    """What is checked again on saving."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCourse:
    """A course session of a day apart; `notice`: who is to learn of it, or was told."""

    card: SessionCard
    notice: NoticeView | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DaysSaved:
    """Members affected by special days."""

    told: NoticeView | None
    courses: tuple[DayCourse, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DaysEffect(DaysSaved):
    """Members who would be affected, and the form to save anyway."""

    action: str
    fields: Mapping[str, str]
    shown: str
    """What is checked again on saving: the same bookings and sessions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekView:
    """The schedule that is shown."""

    id: str
    name: str
    version: int
    hours: tuple[str, ...]
    days: tuple[WeekDay, ...]
    total: str
    drafted: bool
    json: str
    wrong: str
    effect: EffectView | None
    heavy: str
    """Where the effect is reckoned that takes long; empty: it stands here."""
    naming: NameForm


@dataclass(frozen=True, slots=True, kw_only=True)
class TodayView:
    """Today, otherwise."""

    said: str
    close: tuple[Option, ...]
    stay: tuple[Option, ...]
    open: bool
    apart: bool
    """Whether today is a day apart already."""
    date: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecialDays:
    """Days that are not as every week."""

    days: str
    how: str
    reason: str
    first: str
    last: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HolidayLine:
    """A public holiday to come."""

    day: str
    name: str
    date: str
    state: str
    closed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarDay:
    """A day of the coming weeks."""

    number: str
    mark: str
    label: str
    look: str
    today: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The coming weeks and what is apart in them."""

    weekdays: tuple[str, ...]
    weeks: tuple[tuple[CalendarDay, ...], ...]
    apart: tuple[SpecialDays, ...]
    holidays: tuple[HolidayLine, ...]
    left_open: int
    """Public holidays of the coming year that are not closed."""
    school: tuple[SpecialDays, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanNumber:
    """A number in the sentence of a plan, and what may stand there instead."""

    name: str
    label: str
    text: str
    choices: tuple[tuple[Option, bool], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanView:
    """A plan as a sentence, with what may stand there instead."""

    id: str
    name: str
    version: int
    people: str
    ending: str
    share: int
    zones: tuple[tuple[Option, bool], ...]
    zones_text: str
    schedules: tuple[tuple[Option, bool], ...]
    schedule_text: str
    outside: bool
    closed: tuple[tuple[Option, bool], ...]
    numbers: tuple[PlanNumber, ...]
    drafted: bool
    json: str
    effect: EffectView | None
    heavy: str
    naming: NameForm


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursPage:
    """Everything."""

    facts: tuple[str, ...]
    has_opening: bool
    tabs: tuple[Tab, ...]
    week: WeekView | None
    today: TodayView | None
    calendar: Calendar | None
    saved: DaysSaved | None
    """Whom the days apart that are saved concern."""
    opening: str
    plans: tuple[PlanView, ...]
    plans_words: str
    may_rule: bool
    wrong: str
    days_effect: DaysEffect | None
    typed: Mapping[str, str]
    wrong_day: str
    """What is wrong with the first day of the form of days apart."""
    """The form of days apart, as it was refused."""
    new_schedule: NameForm
    new_plan: NameForm

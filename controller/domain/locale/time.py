"""Moments and durations as people say them; the examples are French."""

from datetime import timedelta

from controller.domain.locale.catalogue import N_, NC_, Translator
from controller.domain.schedule import local_time
from controller.domain.time import Utc

_DAYS = (
    N_("Monday"),
    N_("Tuesday"),
    N_("Wednesday"),
    N_("Thursday"),
    N_("Friday"),
    N_("Saturday"),
    N_("Sunday"),
)
_MONTHS = (
    N_("January"),
    N_("February"),
    N_("March"),
    N_("April"),
    N_("May"),
    N_("June"),
    N_("July"),
    N_("August"),
    N_("September"),
    N_("October"),
    N_("November"),
    N_("December"),
)

_NEAR = {
    -2: N_("two days ago at %(time)s"),
    -1: N_("yesterday at %(time)s"),
    0: N_("today at %(time)s"),
    1: N_("tomorrow at %(time)s"),
}


def clock(moment: Utc, zone_name: str) -> str:
    """Return the time of day in the time zone: `18:00`."""
    return local_time(zone_name, moment).strftime("%H:%M")


def format_upcoming(moment: Utc, now: Utc, zone_name: str, translator: Translator) -> str:
    """Format a moment in the future: `à 18:00`, `demain à 09:00`, `samedi 12 décembre à 14:00`."""
    time = clock(moment, zone_name)
    days = (local_time(zone_name, moment).date() - local_time(zone_name, now).date()).days
    if days == 0:
        return translator.say("at %(time)s", time=time)
    if days == 1:
        return translator.say("tomorrow at %(time)s", time=time)
    day = local_time(zone_name, moment).weekday()
    date = date_of(moment, now, zone_name, translator)
    return translator.say(
        "%(weekday)s %(date)s at %(time)s", weekday=translator.say(_DAYS[day]), date=date, time=time
    )


def format_since(moment: Utc, now: Utc, zone_name: str, translator: Translator) -> str:
    """Format a moment in the past: `depuis 14:00`, `depuis hier`, `depuis le 3 mars`."""
    days = (local_time(zone_name, now).date() - local_time(zone_name, moment).date()).days
    if days == 0:
        return translator.say("since %(time)s", time=clock(moment, zone_name))
    if days == 1:
        return translator.say("since yesterday")
    return translator.say("since %(date)s", date=date_of(moment, now, zone_name, translator))


def format_near(moment: Utc, now: Utc, zone_name: str, translator: Translator) -> str:
    """Format a moment near now: `hier à 18:00`, `vendredi dernier à 18:00`, `vendredi à 18:00`; a
    date further away as it stands within a sentence: `le 3 mars à 18:00`."""
    time = clock(moment, zone_name)
    day = local_time(zone_name, moment)
    days = (day.date() - local_time(zone_name, now).date()).days
    if days in _NEAR:
        return translator.say(_NEAR[days], time=time)
    if abs(days) < len(_DAYS):
        name = translator.say(_DAYS[day.weekday()])
        if days < 0:  # otherwise last Thursday could be mistaken for next Thursday
            name = translator.say("last %(weekday)s", weekday=name)
        return translator.say("%(day)s at %(time)s", day=name, time=time)
    date = date_of(moment, now, zone_name, translator)
    return translator.say(NC_("date", "%(day)s at %(time)s"), day=date, time=time)


def date_of(moment: Utc, now: Utc, zone_name: str, translator: Translator) -> str:
    """Format the date: `12 décembre`, with the year unless it is the current one."""
    day = local_time(zone_name, moment)
    number = translator.say("1") if day.day == 1 else day.day
    date = translator.say(
        "%(day)s %(month)s", day=number, month=translator.say(_MONTHS[day.month - 1])
    )
    if day.year == local_time(zone_name, now).year:
        return date
    return translator.say("%(date)s %(year)s", date=date, year=day.year)


def format_until(moment: Utc, now: Utc, zone_name: str, translator: Translator) -> str:
    """Format an end: `jusqu’au 31 décembre inclus` for midnight, else `jusqu’au 31 décembre à
    18:00`."""
    local = local_time(zone_name, moment)
    if (local.hour, local.minute) == (0, 0):
        last = Utc.of(moment - timedelta(minutes=1))
        return translator.say(
            "until the end of %(date)s", date=date_of(last, now, zone_name, translator)
        )
    date = date_of(moment, now, zone_name, translator)
    return translator.say("until %(date)s at %(time)s", date=date, time=clock(moment, zone_name))


def month_of(month: str, translator: Translator) -> str:
    """Format a month such as `2026-11`: `novembre 2026`."""
    year, number = month.split("-")
    name = translator.say(_MONTHS[int(number) - 1])
    return translator.say("%(date)s %(year)s", date=name, year=year)


def of_month(month: str, translator: Translator) -> str:
    """Format a month with *of*: `de novembre 2026`, `d’octobre 2026`."""
    name = month_of(month, translator)
    if name[0].lower() in "aeiou":
        return translator.say(NC_("before a vowel", "of %(month)s"), month=name)
    return translator.say("of %(month)s", month=name)


def in_days(days: int, translator: Translator) -> str:
    """Format a number of days ahead: `aujourd’hui`, `demain`, `dans 12 jours`."""
    if days <= 0:
        return translator.say("today")
    if days == 1:
        return translator.say("tomorrow")
    return translator.count("in %(n)s day", "in %(n)s days", days)


def format_duration(seconds: float, translator: Translator) -> str:
    """Format a rounded duration: `45 s`, `15 min`, `2 h`, `3 jours`."""
    whole = max(0, round(seconds))
    if whole >= 2 * 86_400:
        return translator.count("%(n)s day", "%(n)s days", round(whole / 86_400))
    if whole >= 3_600:
        return translator.say("%(n)s h", n=round(whole / 3_600))
    if whole >= 60:
        return translator.say("%(n)s min", n=round(whole / 60))
    return translator.say("%(n)s s", n=whole)

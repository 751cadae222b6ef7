"""Moments and durations as people say them, in French and English."""

from controller.domain.facts import Language
from controller.domain.schedule import local_time
from controller.domain.time import Utc

_DAYS = {
    Language.FR: ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    Language.EN: ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_MONTHS = {
    Language.FR: (
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ),
    Language.EN: (
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
}


def say(language: Language, fr: str, en: str) -> str:
    """The text of that language."""
    return fr if language is Language.FR else en


def clock(moment: Utc, zone_name: str) -> str:
    """The time there: `18:00`."""
    return local_time(zone_name, moment).strftime("%H:%M")


def when(moment: Utc, now: Utc, zone_name: str, language: Language) -> str:
    """A moment to come: `à 18:00`, `demain à 09:00`, `samedi 12 décembre à 14:00`."""
    at = say(language, "à", "at") + " " + clock(moment, zone_name)
    days = (local_time(zone_name, moment).date() - local_time(zone_name, now).date()).days
    if days == 0:
        return at
    if days == 1:
        return say(language, "demain", "tomorrow") + " " + at
    return f"{date_of(moment, now, zone_name, language, weekday=True)} {at}"


def since(moment: Utc, now: Utc, zone_name: str, language: Language) -> str:
    """A moment that is over: `depuis 14:00`, `depuis hier`, `depuis le 3 mars`."""
    days = (local_time(zone_name, now).date() - local_time(zone_name, moment).date()).days
    if days == 0:
        return say(language, "depuis", "since") + " " + clock(moment, zone_name)
    if days == 1:
        return say(language, "depuis hier", "since yesterday")
    day = date_of(moment, now, zone_name, language, weekday=False)
    return say(language, "depuis le", "since") + " " + day


def date_of(moment: Utc, now: Utc, zone_name: str, language: Language, *, weekday: bool) -> str:
    """The date there: `samedi 12 décembre`, with the year when it is another."""
    day = local_time(zone_name, moment)
    number = "1er" if language is Language.FR and day.day == 1 else str(day.day)
    parts = [_DAYS[language][day.weekday()]] if weekday else []
    parts += [number, _MONTHS[language][day.month - 1]]
    if day.year != local_time(zone_name, now).year:
        parts.append(str(day.year))
    return " ".join(parts)


def in_days(days: int, language: Language) -> str:
    """`aujourd'hui`, `demain`, `dans 12 jours`."""
    if days <= 0:
        return say(language, "aujourd’hui", "today")
    if days == 1:
        return say(language, "demain", "tomorrow")
    return say(language, f"dans {days} jours", f"in {days} days")


def lasting(seconds: float, language: Language) -> str:
    """A duration, rounded: `45 s`, `15 min`, `2 h`, `3 jours`."""
    whole = max(0, round(seconds))
    for unit_s, fr, en in ((86_400, "jours", "days"), (3_600, "h", "h"), (60, "min", "min")):
        if whole >= 2 * unit_s or (unit_s < 86_400 and whole >= unit_s):
            return f"{round(whole / unit_s)} {say(language, fr, en)}"
    return f"{whole} s"

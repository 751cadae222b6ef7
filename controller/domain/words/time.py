"""Moments and durations as people say them."""

from datetime import timedelta

from controller.domain.schedule import local_time
from controller.domain.time import Utc
from controller.domain.words.catalogue import N_, Translator

_DAYS = (
    N_("lundi"),
    N_("mardi"),
    N_("mercredi"),
    N_("jeudi"),
    N_("vendredi"),
    N_("samedi"),
    N_("dimanche"),
)
_MONTHS = (
    N_("janvier"),
    N_("février"),
    N_("mars"),
    N_("avril"),
    N_("mai"),
    N_("juin"),
    N_("juillet"),
    N_("août"),
    N_("septembre"),
    N_("octobre"),
    N_("novembre"),
    N_("décembre"),
)

_NEAR = {-1: N_("hier à %(time)s"), 0: N_("aujourd’hui à %(time)s"), 1: N_("demain à %(time)s")}


def clock(moment: Utc, zone_name: str) -> str:
    """The time there: `18:00`."""
    return local_time(zone_name, moment).strftime("%H:%M")


def when(moment: Utc, now: Utc, zone_name: str, translator: Translator) -> str:
    """A moment to come: `à 18:00`, `demain à 09:00`, `samedi 12 décembre à 14:00`."""
    time = clock(moment, zone_name)
    days = (local_time(zone_name, moment).date() - local_time(zone_name, now).date()).days
    if days == 0:
        return translator.say("à %(time)s", time=time)
    if days == 1:
        return translator.say("demain à %(time)s", time=time)
    day = local_time(zone_name, moment).weekday()
    date = date_of(moment, now, zone_name, translator)
    return translator.say(
        "%(weekday)s %(date)s à %(time)s", weekday=translator.say(_DAYS[day]), date=date, time=time
    )


def since(moment: Utc, now: Utc, zone_name: str, translator: Translator) -> str:
    """A moment that is over: `depuis 14:00`, `depuis hier`, `depuis le 3 mars`."""
    days = (local_time(zone_name, now).date() - local_time(zone_name, moment).date()).days
    if days == 0:
        return translator.say("depuis %(time)s", time=clock(moment, zone_name))
    if days == 1:
        return translator.say("depuis hier")
    return translator.say("depuis le %(date)s", date=date_of(moment, now, zone_name, translator))


def about(moment: Utc, now: Utc, zone_name: str, translator: Translator) -> str:
    """A moment near now, before or after: `hier à 18:00`, `vendredi à 18:00`, `3 mars à 18:00`."""
    time = clock(moment, zone_name)
    day = local_time(zone_name, moment)
    days = (day.date() - local_time(zone_name, now).date()).days
    if days in _NEAR:
        return translator.say(_NEAR[days], time=time)
    if abs(days) < len(_DAYS):
        return translator.say(
            "%(day)s à %(time)s", day=translator.say(_DAYS[day.weekday()]), time=time
        )
    return translator.say(
        "%(day)s à %(time)s", day=date_of(moment, now, zone_name, translator), time=time
    )


def date_of(moment: Utc, now: Utc, zone_name: str, translator: Translator) -> str:
    """The date there: `12 décembre`, with the year when it is another."""
    day = local_time(zone_name, moment)
    number = translator.say("1er") if day.day == 1 else day.day
    date = translator.say(
        "%(day)s %(month)s", day=number, month=translator.say(_MONTHS[day.month - 1])
    )
    if day.year == local_time(zone_name, now).year:
        return date
    return translator.say("%(date)s %(year)s", date=date, year=day.year)


def until(moment: Utc, now: Utc, zone_name: str, translator: Translator) -> str:
    """An end: `jusqu’au 31 décembre inclus` for midnight, else `jusqu’au 31 décembre à 18:00`."""
    local = local_time(zone_name, moment)
    if (local.hour, local.minute) == (0, 0):
        last = Utc.of(moment - timedelta(minutes=1))
        return translator.say(
            "jusqu’au %(date)s inclus", date=date_of(last, now, zone_name, translator)
        )
    date = date_of(moment, now, zone_name, translator)
    return translator.say("jusqu’au %(date)s à %(time)s", date=date, time=clock(moment, zone_name))


def month_of(month: str, translator: Translator) -> str:
    """A month such as `2026-11`: `novembre 2026`."""
    year, number = month.split("-")
    name = translator.say(_MONTHS[int(number) - 1])
    return translator.say("%(date)s %(year)s", date=name, year=year)


def in_days(days: int, translator: Translator) -> str:
    """`aujourd'hui`, `demain`, `dans 12 jours`."""
    if days <= 0:
        return translator.say("aujourd’hui")
    if days == 1:
        return translator.say("demain")
    return translator.count("dans %(n)s jour", "dans %(n)s jours", days)


def lasting(seconds: float, translator: Translator) -> str:
    """A duration, rounded: `45 s`, `15 min`, `2 h`, `3 jours`."""
    whole = max(0, round(seconds))
    if whole >= 2 * 86_400:
        return translator.count("%(n)s jour", "%(n)s jours", round(whole / 86_400))
    if whole >= 3_600:
        return translator.say("%(n)s h", n=round(whole / 3_600))
    if whole >= 60:
        return translator.say("%(n)s min", n=round(whole / 60))
    return translator.say("%(n)s s", n=whole)

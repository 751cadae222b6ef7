"""A calendar as iCalendar text (RFC 5545), for programs that fetch it again and again."""

from datetime import timedelta
from functools import lru_cache

from controller.integrations.calendars.feed import Entry, Feed

PRODUCT = "-//Loquet//Loquet//FR"
END = b"END:VCALENDAR"
REMEMBERED = 10_000
"""Entries, of some 300 bytes."""
FETCHED_EVERY = timedelta(minutes=15)


def icalendar(feed: Feed) -> bytes:
    """The whole calendar; the same feed gives the same bytes."""
    from icalendar import Calendar  # only who fetches one pays for it

    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("name", feed.name, parameters={"language": str(feed.language)})
    calendar.add("x-wr-calname", feed.name)  # what programs read that do not know RFC 7986
    calendar.add("refresh-interval", FETCHED_EVERY, parameters={"value": "DURATION"})
    head, end = bytes(calendar.to_ical()).split(END)
    return b"".join((head, *map(_event, feed.entries), END, end))


@lru_cache(REMEMBERED)
def _event(entry: Entry) -> bytes:
    """Its lines: programs ask for a thousand of them every quarter of an hour."""
    from icalendar import Event

    event = Event()
    event.add("uid", entry.uid)
    event.add("dtstamp", entry.made)
    event.add("dtstart", entry.starts)
    event.add("dtend", entry.ends)
    event.add("summary", entry.title)
    event.add("location", entry.where)
    event.add("sequence", entry.sequence)
    event.add("status", "CANCELLED" if entry.cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if entry.cancelled else "OPAQUE")
    return bytes(event.to_ical())

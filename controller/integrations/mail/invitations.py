"""A letter's calendar entry as an iTIP message (RFC 5546): one VEVENT, added or removed."""

from email.message import EmailMessage

from controller.domain.time import Utc
from controller.kernel.message import Invitation

PRODUCT = "-//Loquet//Loquet//FR"
FILE_NAME = "loquet.ics"


def attach(mail: EmailMessage, invitation: Invitation, *, place: str, sender: str, at: Utc) -> None:
    """Add it to the e-mail, which has its recipient already; `at` is when it was written."""
    method = "CANCEL" if invitation.is_cancelled else "REQUEST"
    to = mail["To"].addresses[0].addr_spec
    data = _calendar(invitation, method, place=place, sender=sender, to=to, at=at)
    mail.add_attachment(
        data,
        maintype="text",
        subtype="calendar",
        filename=FILE_NAME,
        params={"method": method, "charset": "utf-8"},
    )


def _calendar(
    invitation: Invitation, method: str, *, place: str, sender: str, to: str, at: Utc
) -> bytes:
    from icalendar import Calendar, Event, vCalAddress, vText  # only who writes one pays for it

    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    event = Event()
    event.add("uid", invitation.uid)
    event.add("sequence", invitation.sequence)
    event.add("dtstamp", at)
    event.add("dtstart", invitation.starts)
    event.add("dtend", invitation.ends)
    event.add("summary", invitation.title)
    event.add("location", place)
    event.add("status", "CANCELLED" if invitation.is_cancelled else "CONFIRMED")
    organizer = vCalAddress(f"mailto:{sender}")
    organizer.params["cn"] = vText(place)
    event.add("organizer", organizer)
    attendee = vCalAddress(f"mailto:{to}")
    attendee.params["partstat"] = vText("ACCEPTED")  # nobody has to answer
    attendee.params["rsvp"] = vText("FALSE")
    event.add("attendee", attendee)
    calendar.add_component(event)
    return bytes(calendar.to_ical())

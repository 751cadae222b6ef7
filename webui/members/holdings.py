"""A member's certifications, documents, courses and bookings, and what the reader can give them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from zoneinfo import ZoneInfo

from controller.capabilities.bookings import upcoming_bookings as bookings
from controller.capabilities.places.shapes import Site
from controller.capabilities.training import (
    certifications,
    enrolments,
    member_certifications,
    next_sessions,
    waiting_list,
)
from controller.capabilities.training.models import EnrolmentStatus
from controller.capabilities.training.shapes import Held, UpcomingEnrolment
from controller.domain.facts import CertificationKind, HeldStatus
from controller.domain.locale.time import format_near, format_upcoming
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from webui.bookings.formatting import booked_span
from webui.guard import actor, is_allowed, site
from webui.i18n import _, current, pgettext, translator
from webui.members.member_view import (
    CertificationName,
    ComingLine,
    GiveForm,
    HeldLine,
    give_form,
    held_line,
)
from webui.members.missing_items import Seat
from webui.members.reading import MemberReader
from webui.naming import read_label
from webui.paging import all_items


class MemberHoldings:
    """What a member holds at the page's site; the services are asked once."""

    def __init__(self, reader: MemberReader) -> None:
        self._reader = reader
        self.certification_names = certification_names(reader.db)
        """Names of certifications, by id."""
        self._grantable = member_certifications.grantable(
            reader.db, reader.member, actor=reader.who, now=reader.now
        )
        self.may_give = {key for key, _level in self._grantable}
        """Ids of the certifications that the reader may give."""
        may_certify = is_allowed(Permission.CERTIFY)
        self._may_suspend = {
            key
            for key in self.may_give
            if may_certify or not self.certification_names[key].document
        }
        self._coming = enrolments.upcoming_enrolments(
            reader.db, reader.member, actor=reader.who, now=reader.now
        )
        ids = [session.session_id for session in self._coming]
        self._next_in_line = waiting_list.next_in_line(reader.db, ids) if ids else {}

    @property
    def names(self) -> Mapping[str, str]:
        """Names of certifications, by id."""
        return {
            key: certification_name.name
            for key, certification_name in self.certification_names.items()
        }

    @property
    def enrolled(self) -> Sequence[UpcomingEnrolment]:
        """Sessions at all sites in which the member is enrolled or waits for a place."""
        return self._coming

    def seats(self) -> dict[str, Seat]:
        """Return, by certification, the next session in which the member could enrol."""
        reader = self._reader
        with_seat = [
            session for session in self._coming if session.status is EnrolmentStatus.ENROLLED
        ]
        enrolled = {key for session in with_seat for key in session.grants}
        return {
            key: Seat(
                row.id,
                row.starts_at,
                None if row.places is None else row.places - row.taken,
                tuple(need for need in row.requires if not self._will_hold(need, row.starts_at)),
            )
            for key, row in next_sessions.next_sessions(
                reader.db, site().id, after=reader.now
            ).items()
            if key not in enrolled
        }

    def _will_hold(self, certification: str, at: Utc) -> bool:
        """Return whether the member will hold the certification then, by today's data."""
        holding = self._certifications.get(certification)
        if holding is None or holding.status is not HeldStatus.ACTIVE:
            return False
        return holding.valid_until is None or holding.valid_until > at

    @cached_property
    def _certifications(self) -> dict[str, Held]:
        reader = self._reader
        every = member_certifications.of_member(reader.db, reader.member, actor=reader.who)
        return {held.certification_id: held for held in every}

    def upcoming(
        self, since: Utc | None = None, places: Sequence[Site] = ()
    ) -> tuple[ComingLine, ...]:
        """Return the member's sessions and bookings, in order of time, also released bookings whose
        time is not over.

        `since`: those that begin then or later. `places`: instead of this page's site.
        """
        lines = [line for place in places or (site(),) for line in self._lines_at(place)]
        return tuple(
            line
            for at, line in sorted(lines, key=lambda dated_line: dated_line[0])
            if since is None or at >= since
        )

    def _lines_at(self, place: Site) -> Iterator[tuple[Utc, ComingLine]]:
        """Yield the sessions and bookings at a site, with their starts."""
        reader, name = self._reader, name_elsewhere(place)
        for session in self._coming:
            if session.site_id == place.id:
                yield session.starts_at, replace(self._session(session, place), place=name)
        for booking in bookings.upcoming_bookings(
            reader.db, reader.member, place.id, actor=reader.who, now=reader.now
        ):
            yield booking.starts_at, replace(self._booking(booking, place), place=name)

    def _session(self, session: UpcomingEnrolment, place: Site) -> ComingLine:
        waiting = session.status is EnrolmentStatus.WAITING
        next_one = "" if waiting else self._next_in_line.get(session.session_id, "")
        return ComingLine(
            session=session.session_id,
            name=read_label(session.name)
            if session.name
            else session.theme or pgettext("course", "Session"),
            when=self._format_upcoming(session.starts_at, place),
            waiting=waiting,
            next_in_line=next_one,
            has_begun=not waiting and session.starts_at <= self._reader.now,
        )

    def _booking(self, booking: bookings.UpcomingBooking, place: Site) -> ComingLine:
        return ComingLine(
            booking=booking.id,
            is_out=booking.is_out,
            released=self._released_text(booking.released_at, place),
            name=booking.name.read(current()),
            when=booked_span(
                booking.starts_at,
                booking.ends_at,
                self._format_upcoming(booking.starts_at, place),
                self._reader.now,
                ZoneInfo(place.time_zone),
            ),
        )

    def _released_text(self, at: Utc | None, place: Site) -> str:
        if at is None:
            return ""
        when = format_near(at, self._reader.now, place.time_zone, translator())
        return _("Released %(when)s: nobody badged.", when=when)

    def _format_upcoming(self, at: Utc, place: Site) -> str:
        return format_upcoming(at, self._reader.now, place.time_zone, translator())

    def lines(self) -> tuple[HeldLine, ...]:
        """Return the member's certifications, with the possible actions."""
        return tuple(
            self._line(certification)
            for certification in self._certifications.values()
            if certification.certification_id in self.certification_names
        )

    def form(self, chosen: str) -> GiveForm | None:
        """Return the form to give a certification, with `chosen` preselected.

        None if there is none to give.
        """
        founding = is_allowed(Permission.ACCOUNTS_WRITE)
        return give_form(self._grantable, self.certification_names, chosen, founding)

    def _line(self, certification: Held) -> HeldLine:
        reader, key = self._reader, certification.certification_id
        reason = None
        if (
            certification.status is HeldStatus.SUSPENDED
        ):  # the service tells only those who may know why
            steps = member_certifications.history(
                reader.db, reader.member, key, actor=reader.who, now=reader.now
            )
            reason = steps[-1].reason if steps else None
        return held_line(
            certification,
            self.certification_names[key],
            key in self._may_suspend,
            reason,
            reader.now,
            reader.zone,
        )


def name_elsewhere(place: Site) -> str:
    """Return the site's name if it is not this page's site, otherwise an empty string."""
    return "" if place.id == site().id else read_label(place.name)


def certification_names(db: Session) -> dict[str, CertificationName]:
    """Return the name of each certification, and whether it is a document, by id."""
    every = all_items(lambda at: certifications.page(db, actor=actor(), cursor=at))
    return {
        certification.id: CertificationName(
            name=read_label(certification.name),
            document=certification.kind is CertificationKind.DOCUMENT,
        )
        for certification in every
    }

"""A letter that can't be sent holds up no other, or the desk would choose which ones arrive."""

from datetime import timedelta
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.members import members
from controller.capabilities.messages import queue, write
from controller.capabilities.messages.activity import RECENT, REFUSED
from controller.capabilities.messages.models import MessageRow
from controller.capabilities.messages.troubles import Trouble
from controller.capabilities.training.messages import MovedUpMessage, NamedTrainerMessage
from controller.domain.time import Utc
from controller.integrations.mail.sender import Sender, rules
from controller.kernel.activity import ActivityQuery, ActivityRow
from controller.settings import MailSettings
from controller.wire.ids import uuid7
from tests.capabilities.conftest import BOSS, Place
from tests.support.smtp import Post, body, posting

SECRET = "s" * 40


class Filter(Post):
    """A mail server that refuses what contains a word of spam."""

    async def handle_DATA(self, _server: SMTP, _session: Any, envelope: Any) -> str:
        """As SMTP has it."""
        if b"GTUBE" in envelope.content:
            return "554 5.7.1 Gtube pattern"
        return await super().handle_DATA(_server, _session, envelope)


def look(place: Place, post: Post | None = None) -> list[str]:
    """What goes out when the queue is looked at once; the addresses."""
    with posting(post) as post:
        mail = MailSettings(
            host="127.0.0.1", port=post.port, sender="l@fab.example", quiet=None, tls="none"
        )
        args = (place.database, mail, rules(mail, SECRET), "https://fab.example")
        assert Sender(*args, site_id=place.site, clock=place.clock).poll()
    return [letter["To"] for letter in post.got]


def shown(place: Place) -> list[ActivityRow]:
    """What *Catch up* says of letters."""
    now = place.now
    asked = ActivityQuery(site=place.site, since=now, now=now, until=now)
    with place.database.read() as db:
        return list(RECENT.read_rows(db, asked))


def written(db: Session, place: Place, *addresses: str) -> None:
    """To each address, one after the other, whatever was accepted as an address once."""
    starts = Utc.of(place.now + timedelta(days=4)).text()
    for number, address in enumerate(addresses):
        member = place.member(db).id
        members.change(
            db, member, {"email": "a@example.org"}, version=None, actor=BOSS, now=place.now
        )
        message = MovedUpMessage(course={"fr": "Laser"}, starts_at=starts)
        write.to_member(db, member, message, site_id=place.site, key=str(number), now=place.now)
        db.flush()
        db.query(MessageRow).filter_by(
            member_id=member, what=MovedUpMessage.WHAT
        ).one().address = address


def test_one_that_can_not_be_composed_holds_up_no_other(place: Place) -> None:
    with place.database.write() as db:
        written(db, place, "a..b@x.example", "zoe@example.org")
    assert look(place) == ["zoe@example.org"]
    with place.database.read() as db:
        bad = db.query(MessageRow).filter_by(address="a..b@x.example").one()
        assert (bad.trouble, bad.attempts) == (Trouble.WORDS, 1)
        assert bad.due_at is not None
        assert bad.due_at > place.now


def test_catch_up_names_one_that_is_tried_long_in_vain(place: Place) -> None:
    with place.database.write() as db:
        written(db, place, "a..b@x.example")
    look(place)
    assert not shown(place)
    place.clock.forward(hours=1)
    assert len(shown(place)) == 1


def named(place: Place, theme: str) -> None:
    """Somebody is named as the trainer of a session, with a theme that the desk typed."""
    day = Utc.of(place.now + timedelta(days=4)).text()
    message = NamedTrainerMessage(course={"fr": theme}, starts_at=day, ends_at=day)
    with place.database.write() as db:
        member = place.member(db).id
        patch = {"email": "ada@example.org"}
        members.change(db, member, patch, version=None, actor=BOSS, now=place.now)
        write.to_member(db, member, message, site_id=place.site, key="1", now=place.now)


def test_a_word_that_a_mail_server_refuses_keeps_no_letter_from_its_reader(place: Place) -> None:
    """It goes out again without what was typed: the desk would pick which letters arrive."""
    named(place, "GTUBE")
    post = Filter()
    assert look(place, post) == ["ada@example.org"]
    (mail,) = post.got
    assert "GTUBE" not in body(mail) + str(mail["Subject"])
    with place.database.read() as db:
        row = db.scalars(select(MessageRow)).one()
        assert (row.sent_at, row.trouble) == (place.now, None)
    assert not shown(place)


@pytest.mark.parametrize("answer", ["550 5.1.1 no such user", "554 5.7.1 no"])
def test_catch_up_names_what_was_refused_for_good(place: Place, answer: str) -> None:
    """For a week, whatever nobody can stop: it may be the only notice."""
    with place.database.write() as db:
        written(db, place, "may.stop@example.org")
    by_address = answer.startswith("550")
    post = Post(to_rcpt=answer) if by_address else Post(to_data=answer)
    look(place, post)
    assert not shown(place)
    named(place, "Laser")
    look(place, post)
    (row,) = shown(place)
    assert row.title.text == REFUSED
    place.clock.forward(days=8)
    assert not shown(place)


def test_one_that_is_erased_while_it_is_sent_holds_up_no_other(place: Place) -> None:
    with place.database.write() as db:
        queue.mark_sent(db, uuid7(), to="", now=place.now)
        mail = MailSettings(host="h", sender="l@fab.example")
        some = rules(mail, SECRET)
        queue.mark_failed(db, uuid7(), Trouble.LATER, "", to="", rules=some, now=place.now)

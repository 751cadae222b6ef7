"""Mail through a real SMTP server: what is written goes out once, whatever the server does."""

import logging
import ssl
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy import select

from controller.capabilities.members.models import MemberRow
from controller.capabilities.messages import message_list, queue, stops, write
from controller.capabilities.messages.models import MessageRow
from controller.capabilities.messages.troubles import Trouble
from controller.capabilities.places.models import SiteRow
from controller.capabilities.training.messages import MovedUpMessage
from controller.domain.facts import Language, MemberStatus
from controller.domain.time import Utc
from controller.integrations.mail.sender import Sender, rules
from controller.integrations.mail.server import NotSent, connect
from controller.kernel.actor import Actor
from controller.kernel.database import Database
from controller.settings import MailSettings
from controller.wire.ids import uuid7
from tests.integrations.mail.mail import SECRET, URL, a_sender, settings
from tests.support.clock import Clock
from tests.support.programs import free_port
from tests.support.smtp import Post, body, posting
from tests.webui.conftest import NOW, SITE, clock, database

__all__ = ["clock", "database"]
ADA = "ada@example.org"
STARTS = Utc.of(NOW + timedelta(days=4))


def written(database: Database, key: str = "1", *, language: Language = Language.FR) -> str:
    """To a member, a message of a feature; her id."""
    with database.write() as db:
        member = MemberRow(
            id=uuid7(),
            ref=uuid7(),
            site_id=SITE,
            display_name="Ada",
            email=ADA,
            language=language,
            categories=[],
            aids=[],
            status=MemberStatus.ACTIVE,
            created_at=NOW,
        )
        db.add(member)
        db.flush()
        _write(db, member.id, key)
        return member.id


def _write(db: object, member_id: str, key: str) -> None:
    course = {"fr": "Découpe laser", "en": "Laser cutting"}
    message = MovedUpMessage(course=course, starts_at=STARTS.text())
    write.to_member(db, member_id, message, site_id=SITE, key=key, now=NOW)  # type: ignore[arg-type]


def row(database: Database) -> MessageRow:
    """The only message."""
    with database.read() as db:
        return db.query(MessageRow).one()


@pytest.mark.parametrize(
    ("language", "subject", "line"),
    [
        (Language.FR, "Vous avez une place : Découpe laser", "est à vous"),
        (Language.EN, "You have a place: Laser cutting", "it is yours"),
    ],
)
def test_it_is_read_in_the_language_of_whom_it_is_for(
    database: Database, clock: Clock, language: Language, subject: str, line: str
) -> None:
    written(database, language=language)
    with posting() as post, a_sender(database, clock, post.port) as sender:
        assert sender.poll()
    (mail,) = post.got
    assert " ".join(mail["Subject"].split()) == subject
    assert (mail["From"], mail["To"]) == ("La <l@fab.example>", ADA)
    assert mail["Message-ID"] == f"<{row(database).id}@fab.example>"
    assert mail["Content-Language"] == language.value
    for kind in ("plain", "html"):
        assert line in body(mail, kind)
        assert f"{URL}/training" in body(mail, kind)
    assert not any(line.endswith(":") for line in body(mail).splitlines()), "no French colon"
    assert f'<html lang="{language.value}">' in body(mail, "html")


def test_a_name_with_a_line_break_breaks_no_header(database: Database, clock: Clock) -> None:
    """Of a site that was named before it was refused: all mail stopped."""
    written(database)
    with database.write() as db:
        name = {"fr": "La\r\nBcc: evil@example.org\u2028 Fabrique", "en": "x"}
        for site in db.scalars(select(SiteRow)):
            site.name = name
    with posting() as post:
        settings = MailSettings(
            host="127.0.0.1", port=post.port, sender="l@fab.example", quiet=None, tls="none"
        )
        sender = Sender(database, settings, rules(settings, SECRET), URL, site_id=SITE, clock=clock)
        assert sender.poll()
    (mail,) = post.got
    assert mail["Bcc"] is None
    assert parseaddr(mail["From"])[1] == "l@fab.example"
    assert "Bcc: evil@example.org" in parseaddr(mail["From"])[0]


def test_a_server_that_is_down_for_a_day_loses_nothing_and_sends_once(
    database: Database, clock: Clock
) -> None:
    member = written(database)
    post = Post(port=free_port())
    with a_sender(database, clock, post.port) as sender:
        for _ in range(24 * 12):  # it is looked all the time: what fails waits longer and longer
            sender.poll()
            clock.forward(minutes=5)
        tried = row(database).attempts
        assert 8 < tried < 20
        with posting(post):
            for _ in range(5 * 12):
                sender.poll()
                clock.forward(minutes=5)
            with database.write() as db:
                _write(db, member, "1")  # the feature says the same again
            sender.poll()
    assert len(post.got) == 1
    assert row(database).sent_at is not None


def test_it_is_given_up_after_the_days_of_the_settings(database: Database, clock: Clock) -> None:
    written(database)
    with a_sender(database, clock, free_port(), give_up_days=2) as sender:
        for _ in range(60):
            sender.poll()
            clock.forward(hours=1)
    found = row(database)
    assert (found.due_at, found.sent_at, found.trouble) == (None, None, Trouble.REFUSED)
    with database.write() as db:
        message_list.retry(db, found.id, actor=Actor.system("test"), now=clock())
    assert row(database).due_at == clock()


@pytest.mark.parametrize(
    ("answer", "trouble", "is_over"),
    [
        ("452 4.2.2 mailbox full", Trouble.LATER, False),
        ("550 5.1.1 no such user", Trouble.RECIPIENT, True),
    ],
)
def test_what_the_server_says_of_an_address(
    database: Database, clock: Clock, answer: str, trouble: Trouble, is_over: bool
) -> None:
    written(database)
    with posting(Post(to_rcpt=answer)) as post, a_sender(database, clock, post.port) as sender:
        sender.poll()
    found = row(database)
    assert (found.trouble, found.said) == (trouble, answer)
    assert (found.due_at is None) is is_over


def test_who_died_with_a_message_in_hand_leaves_it_to_another(
    database: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(database)
    with posting() as post, a_sender(database, clock, post.port) as sender:
        with monkeypatch.context() as dying:
            dying.setattr(sender, "_send", _die)
            with pytest.raises(SystemExit):
                sender.poll()
        sender.poll()
        assert post.got == []
        clock.forward(minutes=11)
        sender.poll()
    assert [mail["Message-ID"] for mail in post.got] == [f"<{row(database).id}@fab.example>"]


def _die(_found: object) -> bool:
    raise SystemExit


def test_nobody_is_written_to_in_quiet_hours_who_need_not_be(
    database: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MovedUpMessage, "URGENT", False)
    written(database)
    clock.forward(hours=9)  # 23:00 in Paris
    with posting() as post, a_sender(database, clock, post.port, quiet="21:00-07:00") as sender:
        sender.poll()
        assert post.got == []
        assert row(database).due_at == queue.quiet_hours_end("21:00-07:00", "Europe/Paris", clock())
        assert row(database).due_at == Utc.parse("2026-11-25T06:00:00.000Z")
        clock.forward(hours=8)
        sender.poll()
    assert len(post.got) == 1


def test_who_wants_no_more_of_these_gets_none(database: Database, clock: Clock) -> None:
    member = written(database)
    with posting() as post, a_sender(database, clock, post.port) as sender:
        sender.poll()
        (mail,) = post.got
        path = stops.path(SECRET, "moved_up", ADA)
        assert mail["List-Unsubscribe"] == f"<{URL}{path}/now>"
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert f"{URL}{path}" in body(mail)
        with database.write() as db:
            stops.unsubscribe(db, "moved_up", stops.digest(ADA.upper()), now=NOW)
            _write(db, member, "2")
        sender.poll()
    assert len(post.got) == 1
    with database.read() as db:
        assert {message.trouble for message in db.query(MessageRow)} == {None, Trouble.STOPPED}


def test_what_goes_wrong_with_the_server_is_typed(tmp_path: Path) -> None:
    assert trouble_of(host="no-such-host.invalid") is Trouble.DNS
    assert trouble_of(port=free_port()) is Trouble.REFUSED
    with posting() as post:
        assert trouble_of(port=post.port, tls="starttls") is Trouble.TLS


def test_login_over_tls_with_an_authority_of_ones_own(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    password = tmp_path / "password"
    password.write_text("right horse\n")
    authority, context = certificate(tmp_path)
    with posting(Post(password="right horse"), context) as post:
        given = {"port": post.port, "host": "localhost", "tls": "starttls", "user": "loquet"}
        given |= {"password_file": str(password)}
        assert trouble_of(**given) is Trouble.TLS  # nobody vouches for it
        given["ca"] = str(authority)
        with connect(settings(**given)):
            pass
        password.write_text("wrong battery")
        assert trouble_of(**given) is Trouble.LOGIN
    assert "right horse" not in caplog.text
    assert "wrong battery" not in caplog.text


def trouble_of(**mail: object) -> Trouble:
    """What is wrong with it."""
    with pytest.raises(NotSent) as found, connect(settings(**mail)):
        pass
    return found.value.trouble


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate for localhost, and a server that has it."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name.from_rfc4514_string("CN=mail")
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    cert, both = folder / "cert.pem", folder / "both.pem"
    cert.write_bytes(made.public_bytes(Encoding.PEM))
    plain = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    both.write_bytes(key.private_bytes(*plain) + made.public_bytes(Encoding.PEM))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(both)
    return cert, context

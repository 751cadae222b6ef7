"""What tests of letters share with others."""

from email.message import EmailMessage

from sqlalchemy.orm import Session

from controller.capabilities.members.models import MemberRow
from controller.domain.facts import Language
from controller.kernel.actor import Actor, Role
from tests.capabilities.conftest import Place
from tests.integrations.mail.mail import a_sender
from tests.support.smtp import body, posting


def sent(place: Place, **mail: object) -> list[EmailMessage]:
    """What goes out now."""
    with posting() as post, a_sender(place.database, place.clock, post.port, **mail) as sender:
        assert sender.poll()
    return post.got


def plainly(mail: EmailMessage, kind: str = "plain") -> str:
    """Its subject and its text, with usual spaces."""
    text = f"{' '.join(mail['Subject'].split())}\n{body(mail, kind)}"
    return text.replace("\u00a0", " ").replace("\u202f", " ").replace("\r\n", "\n")


def person(place: Place, db: Session, name: str, language: Language = Language.FR) -> Actor:
    """A member with an address and an account."""
    key = place.member(db, name).id
    row = db.get_one(MemberRow, key)
    row.email, row.language = f"{name.split()[0].lower()}@example.org", language
    return place.account(db, name.split()[0], Role.MEMBER, member_id=key)

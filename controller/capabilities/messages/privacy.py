"""Rules for the personal data in the tables of messages: recipients and contents."""

from sqlalchemy import delete
from sqlalchemy.orm import Session

from controller.capabilities.messages.models import (
    DisabledMessageKind,
    MessageOptIn,
    MessageRow,
    MessageStop,
)
from controller.capabilities.messages.stops import digest, member_digest
from controller.kernel.privacy import (
    ErasureInProgress,
    ErasureKind,
    PersonalDataRule,
    Purpose,
    Retention,
    RetentionKind,
    count_changed,
    deletion_step,
)


def _delete_messages(db: Session, erasing: ErasureInProgress) -> int:
    """Delete messages to the person's account addresses, except those about other members.

    Those may be the other member's only notice of a change.
    """
    to_their_address = MessageRow.address.in_(erasing.person.addresses)
    return count_changed(
        db, delete(MessageRow).where(to_their_address, MessageRow.member_id.is_(None))
    )


def _delete_subscriptions(db: Session, erasing: ErasureInProgress) -> int:
    person = erasing.person
    digests = [digest(address) for address in person.addresses]
    digests += [member_digest(person.id, address) for address in person.addresses]
    return count_changed(db, delete(MessageOptIn).where(MessageOptIn.who.in_(digests)))


PERSONAL_DATA = (
    PersonalDataRule(
        MessageRow,
        Purpose.ACCOUNTS,
        RetentionKind.ACCESS,
        ErasureKind.DELETE,
        at_erasure=_delete_messages,
        retention=Retention("messages", deletion_step(MessageRow.written_at)),
    ),
    PersonalDataRule(DisabledMessageKind),
    PersonalDataRule(MessageStop, Purpose.ACCOUNTS),
    PersonalDataRule(MessageOptIn, Purpose.ACCOUNTS, at_erasure=_delete_subscriptions),
)

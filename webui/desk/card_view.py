"""The contents of the page on a badge's protection against copying."""

from collections.abc import Sequence
from dataclasses import dataclass

from controller.capabilities.access.explain import PointDecision
from controller.capabilities.badges.card_masters import NoKeysHere, NoMaster, SealedElsewhere
from controller.capabilities.badges.shapes import Credential
from controller.capabilities.desk.card_protection import CardProtection, Stage, UnknownNumber
from controller.capabilities.members.shapes import Member
from controller.domain.facts import Assurance, CardKind, PointKind
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Forbidden, ServiceError
from webui.desk.views import Reader
from webui.i18n import _
from webui.members.member_action import refusal
from webui.members.missing_items import icon_of_point, name_of_point
from webui.parts import Chip, Option


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedPoint:
    """A door or machine that a copy would open."""

    name: str
    icon: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CardPage:
    """A badge: its level of proof at a reader, what a copy would open, and the progress of writing
    keys."""

    id: str
    member: str
    name: str
    ending: str
    chip: Chip
    proves: str
    """What the badge proves at a reader, as text."""
    opens: tuple[OpenedPoint, ...]
    may_write: bool
    """Whether keys can be written here; only the member's home site does that."""
    may_replace: bool
    """Whether the badge has no keys yet, or the account may replace them."""
    readers: tuple[Reader, ...]
    levels: tuple[Option, ...]
    level: str
    order: str = ""
    """Id of the request to write keys; empty: none is running."""
    stage: str = ""
    """How far the reader has come; empty: nothing was requested."""
    reader_name: str = ""
    failed: str = ""
    """Why the reader failed; empty: it did not."""


def card_page(
    person: Member,
    badge: Credential,
    decisions: Sequence[PointDecision],
    readers: tuple[Reader, ...],
    protection: CardProtection | None,
    *,
    who: Actor,
    site_id: str,
) -> CardPage:
    """Return what the page of a badge shows."""
    names = {reader.id: reader.name for reader in readers}
    return CardPage(
        id=badge.id,
        member=person.id,
        name=person.display_name,
        ending=badge.value[-4:],
        chip=chip(badge),
        proves=_proof_text(badge),
        opens=_opened_points(badge, decisions),
        may_write=person.site_id == site_id,
        may_replace=badge.card is None or who.may(Permission.CERTIFY, site_id),
        readers=readers,
        levels=(
            Option(
                value="aes", text=_("AES: badge and reader prove a key to each other (recommended)")
            ),
            Option(value="sun", text=_("SUN: the badge signs a message that works once")),
        ),
        level="sun" if badge.assurance is Assurance.SUN else "aes",
        order="" if protection is None else protection.id,
        stage="" if protection is None else protection.stage,
        reader_name=""
        if protection is None
        else names.get(protection.access_point, protection.access_point),
        failed=_failure_text(protection.reason)
        if protection and protection.stage is Stage.FAILED
        else "",
    )


def chip(badge: Credential) -> Chip:
    """Return whether a copy of the badge would work, as a chip."""
    if badge.assurance is Assurance.UID:
        return Chip(look="out", word=_("Can be copied"), icon="copy")
    return Chip(look="off", word=_("Can’t be copied"), icon="shield-check")


def _proof_text(badge: Credential) -> str:
    """Return what the badge proves at a reader."""
    if badge.assurance is Assurance.UID:
        return _("This badge sends only its number. A phone can copy it in a second.")
    if badge.card is None:
        return _("This badge must hold a key and has none yet: it does not work.")
    kind = {CardKind.NTAG424: "NTAG 424 DNA", CardKind.DESFIRE: "MIFARE DESFire"}[badge.card]
    if badge.assurance is Assurance.SUN:
        return _("%(kind)s: it signs a message at each tap (SUN).", kind=kind)
    return _("%(kind)s: it proves a secret key at each tap (AES).", kind=kind)


def _opened_points(
    badge: Credential, decisions: Sequence[PointDecision]
) -> tuple[OpenedPoint, ...]:
    """Return the access points that a copy opens: those that require the badge's number only.

    Doors come first.
    """
    if badge.assurance is not Assurance.UID:
        return ()
    opened = [
        verdict
        for verdict in decisions
        if (verdict.decision.granted or not verdict.missing_rights)
        and verdict.point.requirement.assurance is Assurance.UID
    ]
    opened.sort(key=lambda it: (it.point.kind is not PointKind.DOOR, name_of_point(it)))
    return tuple(OpenedPoint(name=name_of_point(it), icon=icon_of_point(it)) for it in opened)


def refusal_text(error: ServiceError) -> str:
    """Return why no request was sent to the reader, and what to do."""
    match error:
        case NoMaster():
            return _(
                "There is no master key here yet: ask the person who runs the server to run "
                "“loquet badge keys new”."
            )
        case SealedElsewhere():
            return _("The server can no longer open its master key: restore the file card.key.")
        case UnknownNumber():
            return _(
                "This badge’s number is not known: return the badge, then give it by its number."
            )
        case NoKeysHere():
            return _no_card()
        case Forbidden():
            return refusal(error)
    return _("This reader does not answer.")


def _no_card() -> str:
    return _("This badge can’t hold keys: use an NTAG 424 DNA or DESFire card.")


def _failure_text(reason: str) -> str:
    """Return why the reader failed."""
    return {
        "no_badge": _("The badge did not stay on the reader. Lay it there and leave it."),
        "not_a_card": _no_card(),
        "not_blank": _("This badge holds another place’s keys: use a blank one."),
        "no_reader": _("This reader can only read: use an rc522 or a pn532."),
        "wrong_key": _("The box does not have this server’s key: enrol it again."),
    }.get(reason, _("The reader did not respond in time. Try again: nothing is lost."))

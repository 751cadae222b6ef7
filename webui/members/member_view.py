"""What a member's page shows: badges, certifications, what may be given, contact details."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from controller.capabilities.badges.shapes import Credential
from controller.capabilities.billing.rates import PassRate
from controller.capabilities.members.shapes import Member
from controller.capabilities.training.shapes import Held
from controller.domain.facts import (
    Aid,
    Assurance,
    CredentialStatus,
    HeldStatus,
    Level,
    SuspendedBecause,
)
from controller.domain.time import Utc
from webui.badges.stop_page import BadgeNotice
from webui.i18n import _, name_of, pgettext
from webui.i18n.dates import Zone, day, last_day, last_day_or_time, moment
from webui.members.access_check import UsablePoints
from webui.members.labels import private_texts
from webui.members.sentence import Sentence
from webui.members.way_in import Entrances
from webui.parts import Chip, Option, Part, plain, time_part


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificationName:
    """The name of a certification, and whether it is a document, which has no levels."""

    name: str
    document: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Badge:
    """A badge by the last four characters of its number, with the possible actions."""

    id: str
    ending: str
    active: bool
    chip: Chip
    proof: Chip | None = None
    """The mark that its keys protect it from being copied; None for a plain badge."""
    parts: tuple[Part, ...] = ()
    can_be_reported_lost: bool = False
    may_change: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldLine:
    """A certification that a member holds: level, by whom, until when.

    `action` is `suspend`, `restore`, or None if the reader may do neither.
    """

    id: str
    name: str
    chip: Chip
    parts: tuple[Part, ...] = ()
    reason: str | None = None
    action: str | None = None
    document: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveForm:
    """The form to give a certification or a document: the options and the levels."""

    certifications: tuple[Option, ...]
    levels: tuple[Option, ...]
    documents: tuple[Option, ...] = ()
    """Documents that the member can sign or hand in."""
    chosen: str = ""
    """Id of the preselected certification; empty: none."""
    founding: bool = False
    """Whether the reader may name a first trainer, which requires a reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanLine:
    """The subscription that is valid, or else the last one.

    `renew` is the id of the subscription to extend, and `price` what that costs; empty: it can't
    be extended, or has no price.
    """

    name: str
    note: str = ""
    is_inactive: bool = False
    ends_soon: bool = False
    renew: str = ""
    price: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PassLine:
    """A pass, and how many units of it are left."""

    units_left: int
    units: int
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenLine:
    """A subscription or a pass that can be taken back; `act` is the endpoint for it."""

    id: str
    name: str
    act: str
    needs_reason: bool
    paid: str
    """What was paid for it, at the till or on its statement; empty: nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndingLine:
    """A subscription that can end early; the first and the last day that can be chosen for that."""

    id: str
    name: str
    first: str
    last: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ComingLine:
    """An upcoming session or booking of the member."""

    name: str
    when: str
    place: str = ""
    """The place's name, if it is not this page's."""
    session: str = ""
    booking: str = ""
    is_out: bool = False
    """Whether the booked machine is out of service."""
    released: str = ""
    """That the machine was released, and when; empty: it was not."""
    waiting: bool = False
    has_begun: bool = False
    next_in_line: str = ""
    """The name of the person who gets the place if the member withdraws."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Duties:
    """What the member is responsible for at this page's site."""

    maintains: tuple[Option, ...]
    """Machines and doors that the member maintains: the address of the page, and the name."""
    rooms: tuple[Option, ...]
    supervises: frozenset[str]
    version: int
    may_change: bool

    @property
    def has_some(self) -> bool:
        """Whether there is something to show."""
        return self.may_change or bool(self.maintains or self.supervises)


@dataclass(frozen=True, slots=True, kw_only=True)
class May:
    """What the reader of the page may do with this person here."""

    edit: bool = False
    badge: bool = False
    plan: bool = False
    sell: bool = False
    """May give a subscription or a pass: not to somebody who has left."""
    gift: bool = False
    """May give a subscription or pass free of charge, with a reason."""
    reinstate: bool = False
    suspend: bool = False
    leave: bool = False
    come_back: bool = False
    data: bool = False
    """May export all data about the member, and erase it."""
    merge: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberSummary:
    """The part of a member's page that the desk shows too."""

    id: str
    name: str
    initials: str
    who: str
    """Categories, language, and since when there is a record, in words."""
    sentence: Sentence
    subscriptions: tuple[PlanLine, ...]
    """The valid subscription to each plan, else the last one alone; one line at least."""
    passes: tuple[PassLine, ...]
    badges: tuple[Badge, ...]
    may: May
    """What the reader of the page may do."""
    way_in: Entrances
    guardian: str = ""
    no_badge: str = ""
    """Why the reader, who may give badges, can't give one to this member; empty: no obstacle."""

    @property
    def plan(self) -> PlanLine:
        """The subscription that ends last."""
        return self.subscriptions[0]


@dataclass(frozen=True, slots=True)
class RefusedBadge:
    """A badge number that was refused, and why.

    `instead_of` is the lost badge it was to replace.
    """

    value: str = ""
    reason: str = ""
    instead_of: str = ""


class MemberDebt(NamedTuple):
    """What a member owes, and the address of the oldest statement with it."""

    amount: str
    href: str
    pending: str
    """What is not counted in the amount yet; empty: nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberPage(MemberSummary):
    """The whole page of a member."""

    works_for: str
    """The organisation or project that the member works for; empty: themselves."""
    can: UsablePoints
    holdings: tuple[HeldLine, ...]
    coming: tuple[ComingLine, ...]
    """Upcoming sessions and bookings."""
    duties: Duties
    owed: MemberDebt | None = None
    """None: nothing, or the reader may not know."""
    works_for_choices: tuple[Option, ...] = ()
    """What the member could work for; empty if there is no choice."""
    plans: tuple[Option, ...] = ()
    revocable: tuple[GivenLine, ...] = ()
    """Subscriptions and passes that the reader can take back."""
    ending: tuple[EndingLine, ...] = ()
    """Subscriptions that can end early."""
    lengths: tuple[Option, ...] = ()
    prices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Prices of subscriptions and of passes, in words."""
    pass_first: PassRate | None = None
    """The pass that the form proposes; None: none has a price."""
    give: GiveForm | None = None
    badges_elsewhere: bool = False
    """Whether the badges are managed by another site, which is the member's home site."""
    wrong: RefusedBadge = RefusedBadge()
    """A badge number that was refused."""
    typed: Mapping[str, str] = field(default_factory=dict)
    """What was typed into a form that was refused, by field."""
    kept_months: int = 0
    """How many months after the end of the last subscription all data is erased."""
    contact: tuple[tuple[str, str], ...] = ()
    stopped: BadgeNotice | None = None
    """The badge that was tapped to find this page, if it opens nothing."""

    @property
    def certifications(self) -> tuple[HeldLine, ...]:
        """The certifications that have a level."""
        return tuple(line for line in self.holdings if not line.document)

    @property
    def documents(self) -> tuple[HeldLine, ...]:
        """Documents that the member has signed or handed in."""
        return tuple(line for line in self.holdings if line.document)


def initials(name: str) -> str:
    """Return the initials of the first and last word.

    For `d’Artois` it is the A, the capital letter.
    """
    letters = [[character for character in word if character.isalnum()] for word in name.split()]
    initial_letters = [
        next((letter for letter in word if letter.isupper()), word[0]) for word in letters if word
    ]
    return "".join(initial_letters[:1] + initial_letters[1:][-1:]).upper()


def badge(credential: Credential, may: bool, at_home: bool, now: Utc, zone: Zone) -> Badge:
    """Return a badge with its possible actions.

    Away from the home site it can only be marked lost.
    """
    chip = {
        CredentialStatus.ACTIVE: Chip(look="off", word=_("Active"), icon="circle-check"),
        CredentialStatus.SUSPENDED: Chip(look="out", word=_("Suspended"), icon="ban"),
        CredentialStatus.LOST: Chip(look="no", word=_("Lost"), icon="circle-x"),
    }[credential.status]
    active = credential.status is CredentialStatus.ACTIVE
    if active and credential.valid_until is not None and credential.valid_until <= now:
        chip = Chip(look="no", word=pgettext("badge", "Expired"), icon="hourglass")
    given_on = moment(day(credential.created_at, now, zone), credential.created_at, zone)
    parts = [time_part(_("lent on ") if credential.lent else _("given on "), given_on)]
    if credential.valid_until is not None:
        ends_text = last_day_or_time(credential.valid_until, now, zone)
        ends = moment(ends_text, credential.valid_until, zone)
        parts.append(time_part(pgettext("day", "until "), ends))
    if credential.suspended_because is SuspendedBecause.COPIED:
        parts.append(plain(_("used at two places at once, probably copied")))
    return Badge(
        id=credential.id,
        ending=credential.value[-4:],
        active=active,
        chip=chip,
        proof=_proof(credential),
        parts=tuple(parts),
        can_be_reported_lost=may and active,
        may_change=may and at_home,
    )


def _proof(credential: Credential) -> Chip | None:
    if credential.assurance is Assurance.UID:
        return None
    if credential.card is None:
        return Chip(look="out", word=_("Keys not written yet"), icon="key-round")
    return Chip(look="off", word=_("Can’t be copied"), icon="shield-check")


def held_line(
    certification: Held,
    certification_name: CertificationName,
    may: bool,
    reason: str | None,
    now: Utc,
    zone: Zone,
) -> HeldLine:
    """Return the line of a certification.

    `reason` is why it is suspended, if the reader may see it.
    """
    suspended = certification.status is HeldStatus.SUSPENDED
    action = ("restore" if suspended else "suspend") if may else None
    return HeldLine(
        id=certification.certification_id,
        name=certification_name.name,
        chip=_held_chip(certification, certification_name, now),
        parts=_held_parts(certification, now, zone),
        reason=reason if suspended else None,
        action=action,
        document=certification_name.document,
    )


def _held_chip(certification: Held, certification_name: CertificationName, now: Utc) -> Chip:
    if certification.status is HeldStatus.SUSPENDED:
        return Chip(look="out", word=pgettext("certification", "Suspended"), icon="ban")
    if certification.valid_until is not None and certification.valid_until <= now:
        return Chip(look="no", word=_("Expired"), icon="hourglass")
    if certification_name.document:
        return Chip(look="off", word=_("On file"), icon="file-check")
    return Chip(look="off", word=level_label(certification.level), icon="badge-check")


def _held_parts(certification: Held, now: Utc, zone: Zone) -> tuple[Part, ...]:
    parts = []
    if certification.granted_by_name:
        parts.append(plain(_("by %(name)s", name=certification.granted_by_name)))
    given_on = moment(day(certification.granted_at, now, zone), certification.granted_at, zone)
    parts.append(time_part(_("on "), given_on))
    if certification.valid_until is not None:
        ends = moment(
            last_day(certification.valid_until, now, zone), certification.valid_until, zone
        )
        parts.append(time_part(pgettext("day", "until "), ends))
    return tuple(parts)


def level_label(level: Level) -> str:
    """Return the label of a level."""
    return {
        Level.ACCOMPANIED: _("Accompanied"),
        Level.USER: _("Autonomous"),
        Level.TRAINER: _("Trainer"),
    }[level]


def give_form(
    grantable: Sequence[tuple[str, Level]],
    certifications: Mapping[str, CertificationName],
    chosen: str,
    founding: bool,
) -> GiveForm | None:
    """Return the form with what the reader may give, or None if that is nothing."""
    if not grantable:
        return None
    options = [(key, Option(value=key, text=certifications[key].name)) for key, _level in grantable]
    highest = max((list(Level).index(level) for _key, level in grantable), default=0)
    return GiveForm(
        certifications=tuple(it for key, it in options if not certifications[key].document),
        documents=tuple(it for key, it in options if certifications[key].document),
        levels=tuple(
            Option(value=level, text=level_label(level)) for level in list(Level)[: highest + 1]
        ),
        chosen=chosen if any(key == chosen for key, _level in grantable) else "",
        founding=founding,
    )


def guardian(member: Member) -> str:
    """Return the guardian of a minor; empty for readers who may not see it."""
    if member.guardian is not None:
        guardian_parts = (member.guardian.name, member.guardian.phone, member.guardian.email)
        return ", ".join(filter(None, guardian_parts))
    if member.guardian_missing:
        return _("to ask: who should be called for this minor?")
    return ""


def contact(member: Member, *, with_private_texts: bool) -> tuple[tuple[str, str], ...]:
    """Return contact details, language and requested help, as pairs of label and text.

    `with_private_texts`: whether to include private texts such as the phone number.
    """
    lines = [(_("E-mail"), member.email or _("none"))]
    if with_private_texts:
        texts = {name: getattr(member, name) or _("none") for name in private_texts()}
        texts["phone"] = texts["phone"].replace(" ", "\u00a0")
        lines = [(it.label, texts[name]) for name, it in private_texts().items()] + lines
    lines.append((_("Language"), name_of(member.language)))
    aids = [aid_label(aid) for aid in member.aids]
    if member.needs_help:
        aids.append(_("help in an evacuation"))
    if aids:
        lines.append((_("Help"), ", ".join(aids)))
    return tuple(lines)


def aid_label(aid: Aid) -> str:
    """Return the label of a kind of help."""
    return {Aid.SPEECH: _("spoken announcements"), Aid.MORE_TIME: _("more time at machines")}[aid]

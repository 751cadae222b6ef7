"""What stands on the page of a badge's card."""

from collections.abc import Sequence
from dataclasses import dataclass

from controller.capabilities.access.explain import Judged
from controller.capabilities.badges.card_masters import NoKeysHere, NoMaster, SealedElsewhere
from controller.capabilities.badges.shapes import Credential
from controller.capabilities.desk.protecting import Protecting, Stage, UnknownNumber
from controller.capabilities.members.shapes import Member
from controller.domain.facts import Assurance, CardKind, PointKind
from controller.kernel.errors import ServiceError
from webui.desk.views import Reader
from webui.i18n import _
from webui.members.missing import icon_of_point, name_of_point
from webui.parts import Chip, Option


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A door or machine that a copy would open."""

    name: str
    icon: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CardPage:
    """One badge: what it proves, what a copy opens, and how far its keys are."""

    id: str
    member: str
    name: str
    ending: str
    chip: Chip
    proves: str
    opens: tuple[Opened, ...]
    may: bool
    """Away from the person's home site nobody writes keys."""
    readers: tuple[Reader, ...]
    levels: tuple[Option, ...]
    level: str
    order: str = ""
    stage: str = ""
    point: str = ""
    failed: str = ""


def card_page(
    person: Member,
    badge: Credential,
    judged: Sequence[Judged],
    readers: tuple[Reader, ...],
    found: Protecting | None,
    *,
    at_home: str,
) -> CardPage:
    """All of it."""
    names = {each.id: each.name for each in readers}
    return CardPage(
        id=badge.id,
        member=person.id,
        name=person.display_name,
        ending=badge.value[-4:],
        chip=chip(badge),
        proves=_proves(badge),
        opens=_opens(badge, judged),
        may=person.site_id == at_home,
        readers=readers,
        levels=(
            Option(
                value="aes", text=_("AES : le badge et le lecteur se prouvent une clé (conseillé)")
            ),
            Option(value="sun", text=_("SUN : le badge signe un message qui ne sert qu’une fois")),
        ),
        level="sun" if badge.assurance is Assurance.SUN else "aes",
        order="" if found is None else found.id,
        stage="" if found is None else found.stage,
        point="" if found is None else names.get(found.access_point, found.access_point),
        failed=_failed(found.reason) if found and found.stage is Stage.FAILED else "",
    )


def chip(badge: Credential) -> Chip:
    """Whether a copy of its number is worth anything."""
    if badge.assurance is Assurance.UID:
        return Chip(look="out", word=_("Se copie"), icon="copy")
    return Chip(look="off", word=_("Protégé de la copie"), icon="shield-check")


def _proves(badge: Credential) -> str:
    """What it shows at a reader."""
    if badge.assurance is Assurance.UID:
        return _("Ce badge ne montre que son numéro. Un téléphone le copie en une seconde.")
    if badge.card is None:
        return _("Ce badge doit prouver une clé, et n’en a pas encore : il n’ouvre rien.")
    kind = {CardKind.NTAG424: "NTAG 424 DNA", CardKind.DESFIRE: "MIFARE DESFire"}[badge.card]
    if badge.assurance is Assurance.SUN:
        return _("%(kind)s : il signe un message à chaque passage (SUN).", kind=kind)
    return _("%(kind)s : il prouve une clé secrète à chaque passage (AES).", kind=kind)


def _opens(badge: Credential, judged: Sequence[Judged]) -> tuple[Opened, ...]:
    """Where the person has the right, and the number alone is enough; doors first."""
    if badge.assurance is not Assurance.UID:
        return ()
    enough = [
        each
        for each in judged
        if (each.decision.granted or not each.lacks)
        and each.point.requirement.assurance is Assurance.UID
    ]
    enough.sort(key=lambda e: (e.point.kind is not PointKind.DOOR, name_of_point(e)))
    return tuple(Opened(name=name_of_point(e), icon=icon_of_point(e)) for e in enough)


def why_not(error: ServiceError) -> str:
    """Why nothing was sent, and what to do."""
    match error:
        case NoMaster():
            return _(
                "Aucune clé maîtresse n’est encore faite ici : la personne qui tient le serveur"
                " lance « loquet badge keys new »."
            )
        case SealedElsewhere():
            return _("Le serveur n’ouvre plus sa clé maîtresse : restaurez le fichier card.key.")
        case UnknownNumber():
            return _(
                "Personne ne connaît le numéro de ce badge :"
                " rendez-le, puis donnez-le par son numéro."
            )
        case NoKeysHere():
            return _no_card()
    return _("Ce lecteur ne répond pas.")


def _no_card() -> str:
    return _("Ce badge ne peut pas porter de clé : prenez une carte NTAG 424 DNA ou DESFire.")


def _failed(reason: str) -> str:
    """Why the reader did not do it."""
    return {
        "no_badge": _("Aucun badge n’est resté posé sur le lecteur. Posez-le et laissez-le."),
        "not_a_card": _no_card(),
        "not_blank": _("Ce badge porte les clés d’un autre lieu : prenez-en un vierge."),
        "no_reader": _("Ce lecteur ne sait que lire : prenez un lecteur rc522 ou pn532."),
        "wrong_key": _("Le boîtier n’a pas la clé de ce serveur : réenrôlez-le."),
    }.get(reason, _("Le lecteur n’a pas répondu à temps. Recommencez : rien n’est perdu."))

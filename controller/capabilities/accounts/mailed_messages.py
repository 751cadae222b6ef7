"""What is written to whoever signs in: links, and that an address has changed."""

from datetime import timedelta
from typing import ClassVar

from controller.domain.time import Utc
from controller.domain.words.catalogue import N_
from controller.kernel.message import Letter, Link, Message, Telling


class ResetMessage(Message, frozen=True, kw_only=True):
    """Somebody asked for a new password."""

    WHAT: ClassVar[str] = "password_reset"
    TITLE: ClassVar[str] = N_("Mot de passe oublié")
    MAY_STOP: ClassVar[bool] = False
    URGENT: ClassVar[bool] = True

    login: str
    expires_at: str

    def until(self) -> Utc | None:
        """A link that is over is not sent any more."""
        return Utc.parse(self.expires_at)

    def letter(self, to: Telling) -> Letter:
        """As it is read."""
        asked = N_(
            "Quelqu’un, sans doute vous, a demandé un nouveau mot de passe pour le compte "
            "%(login)s."
        )
        quiet = N_("Si ce n’est pas vous, ne faites rien : votre mot de passe n’a pas changé.")
        return Letter(
            subject=to.say(N_("Nouveau mot de passe : %(place)s"), place=to.place),
            lines=(to.say(asked, login=self.login),),
            link=Link(to.say(N_("Choisir un mot de passe")), f"/reset/{to.secret}"),
            after=(to.say(N_("Ce lien sert une fois, pendant 30 minutes.")), to.say(quiet)),
        )


class InvitationMessage(Message, frozen=True, kw_only=True):
    """Somebody is asked in."""

    WHAT: ClassVar[str] = "invitation"
    TITLE: ClassVar[str] = N_("Invitation")
    MAY_STOP: ClassVar[bool] = False
    URGENT: ClassVar[bool] = True

    login: str
    expires_at: str

    def until(self) -> Utc | None:
        """A link that is over is not sent any more."""
        return Utc.parse(self.expires_at)

    def letter(self, to: Telling) -> Letter:
        """As it is read."""
        asked = N_("Un compte vous attend sur la page des machines et des accès de %(place)s.")
        return Letter(
            subject=to.say(N_("Invitation : %(place)s"), place=to.place),
            lines=(to.say(asked, place=to.place), to.say(N_("Compte : %(name)s"), name=self.login)),
            link=Link(to.say(N_("Choisir un mot de passe")), f"/reset/{to.secret}"),
            after=(to.say(N_("Ce lien sert une fois, pendant sept jours.")),),
        )


class ConfirmAddressMessage(Message, frozen=True, kw_only=True):
    """The owner of an account has typed this address."""

    WHAT: ClassVar[str] = "confirm_address"
    TITLE: ClassVar[str] = N_("Adresse à confirmer")
    MAY_STOP: ClassVar[bool] = False
    URGENT: ClassVar[bool] = True

    login: str
    expires_at: str

    def until(self) -> Utc | None:
        """A link that is over is not sent any more."""
        return Utc.parse(self.expires_at)

    def letter(self, to: Telling) -> Letter:
        """As it is read."""
        asked = N_("Le titulaire du compte %(login)s a indiqué cette adresse e-mail.")
        signed_in = N_(
            "Ce lien sert une fois, pendant 30 minutes. Il ne s’ouvre qu’en étant connecté à ce "
            "compte."
        )
        quiet = N_("Si ce compte n’est pas le vôtre, ne faites rien : le lien ne servira pas.")
        return Letter(
            subject=to.say(N_("Confirmez votre adresse : %(place)s"), place=to.place),
            lines=(to.say(asked, login=self.login),),
            link=Link(to.say(N_("Confirmer cette adresse")), f"/me/address/{to.secret}"),
            after=(to.say(signed_in), to.say(quiet)),
        )


class AddressChangedMessage(Message, frozen=True, kw_only=True):
    """The links of an account are no longer sent to this address."""

    WHAT: ClassVar[str] = "address_changed"
    TITLE: ClassVar[str] = N_("Adresse d’un compte changée")
    MAY_STOP: ClassVar[bool] = False
    URGENT: ClassVar[bool] = True

    login: str

    def letter(self, to: Telling) -> Letter:
        """As it is read."""
        changed = N_(
            "L’adresse du compte %(login)s vient d’être changée : s’il faut un nouveau mot de "
            "passe, le lien ira à une autre adresse que celle-ci."
        )
        return Letter(
            subject=to.say(N_("Adresse de votre compte changée : %(place)s"), place=to.place),
            lines=(to.say(changed, login=self.login), to.say(_TELL_AN_ADMIN)),
        )


class ContactChangedMessage(Message, frozen=True, kw_only=True):
    """This address is no longer that of a member who has an account."""

    WHAT: ClassVar[str] = "contact_changed"
    TITLE: ClassVar[str] = N_("Adresse d’une fiche changée")
    MAY_STOP: ClassVar[bool] = False
    URGENT: ClassVar[bool] = True

    def letter(self, to: Telling) -> Letter:
        """As it is read."""
        changed = N_(
            "L’adresse e-mail de votre fiche à %(place)s vient d’être changée : les messages "
            "n’arriveront plus ici."
        )
        return Letter(
            subject=to.say(N_("Adresse de votre fiche changée : %(place)s"), place=to.place),
            lines=(to.say(changed, place=to.place), to.say(_TELL_AN_ADMIN)),
        )


class ProviderLinkedMessage(Message, frozen=True, kw_only=True):
    """An identity at the provider opens the account."""

    WHAT: ClassVar[str] = "provider_linked"
    TITLE: ClassVar[str] = N_("Compte lié à un fournisseur d’identité")
    MAY_STOP: ClassVar[bool] = False
    URGENT: ClassVar[bool] = True

    login: str
    provider: str
    identity: str

    def letter(self, to: Telling) -> Letter:
        """As it is read."""
        linked = N_("L’identité %(identity)s de %(provider)s ouvre désormais le compte %(login)s.")
        names = {"identity": self.identity, "provider": self.provider, "login": self.login}
        return Letter(
            subject=to.say(N_("Votre compte est lié à une identité : %(place)s"), place=to.place),
            lines=(to.say(linked, **names), to.say(_TELL_AN_ADMIN)),
        )


_TELL_AN_ADMIN = N_(
    "Si vous n’avez pas voulu ce changement, prévenez tout de suite un administrateur du lieu."
)
RESET_LASTS = timedelta(minutes=30)
INVITATION_LASTS = timedelta(days=7)
ADDRESS_LASTS = RESET_LASTS
MESSAGES = (
    ResetMessage,
    InvitationMessage,
    ConfirmAddressMessage,
    AddressChangedMessage,
    ContactChangedMessage,
    ProviderLinkedMessage,
)

"""Messages to account holders: links, and notices of a changed address."""

from datetime import timedelta
from typing import ClassVar

from controller.domain.locale.catalogue import N_
from controller.kernel.message import Letter, Link, Message, MessageContext


class ResetMessage(Message, frozen=True, kw_only=True):
    """Somebody asked for a new password."""

    WHAT: ClassVar[str] = "password_reset"
    TITLE: ClassVar[str] = N_("Forgotten password")
    MAY_STOP: ClassVar[bool] = False
    URGENT: ClassVar[bool] = True
    UNTIL: ClassVar[str] = "expires_at"

    login: str
    expires_at: str

    def letter(self, to: MessageContext) -> Letter:
        introduction = N_(
            "Somebody, most likely you, has asked for a new password for the account %(login)s."
        )
        quiet = N_("If it was not you, do nothing: your password has not changed.")
        return Letter(
            subject=to.say(N_("New password: %(place)s"), place=to.place),
            lines=(to.say(introduction, login=self.login),),
            link=Link(to.say(N_("Choose a password")), f"/reset/{to.secret}"),
            after=(to.say(N_("This link works once and expires after 30 minutes.")), to.say(quiet)),
        )


class InvitationMessage(Message, frozen=True, kw_only=True):
    """Somebody is invited to an account."""

    WHAT: ClassVar[str] = "invitation"
    TITLE: ClassVar[str] = N_("Invitation")
    MAY_STOP: ClassVar[bool] = False
    URGENT: ClassVar[bool] = True
    UNTIL: ClassVar[str] = "expires_at"

    login: str
    expires_at: str

    def letter(self, to: MessageContext) -> Letter:
        introduction = N_(
            "An account is ready for you on the machines and doors page of %(place)s."
        )
        return Letter(
            subject=to.say(N_("Invitation: %(place)s"), place=to.place),
            lines=(
                to.say(introduction, place=to.place),
                to.say(N_("Account: %(name)s"), name=self.login),
            ),
            link=Link(to.say(N_("Choose a password")), f"/reset/{to.secret}"),
            after=(to.say(N_("This link works once and expires after seven days.")),),
        )


class ConfirmAddressMessage(Message, frozen=True, kw_only=True):
    """Asks the owner of an account to confirm the address that was entered for it."""

    WHAT: ClassVar[str] = "confirm_address"
    TITLE: ClassVar[str] = N_("Address to confirm")
    MAY_STOP: ClassVar[bool] = False
    URGENT: ClassVar[bool] = True
    UNTIL: ClassVar[str] = "expires_at"

    login: str
    expires_at: str

    def letter(self, to: MessageContext) -> Letter:
        introduction = N_("The owner of the account %(login)s has entered this e-mail address.")
        signed_in = N_(
            "This link works once, for 30 minutes, and only while you are signed in to that "
            "account."
        )
        quiet = N_("If this is not your account, do nothing: the link will not be used.")
        return Letter(
            subject=to.say(N_("Confirm your address: %(place)s"), place=to.place),
            lines=(to.say(introduction, login=self.login),),
            link=Link(to.say(N_("Confirm this address")), f"/me/address/{to.secret}"),
            after=(to.say(signed_in), to.say(quiet)),
        )


class AddressChangedMessage(Message, frozen=True, kw_only=True):
    """Tells the owner of an account that its links no longer go to this address."""

    WHAT: ClassVar[str] = "address_changed"
    TITLE: ClassVar[str] = N_("An account’s address was changed")
    MAY_STOP: ClassVar[bool] = False
    URGENT: ClassVar[bool] = True

    login: str

    def letter(self, to: MessageContext) -> Letter:
        changed = N_(
            "The address of the account %(login)s has just been changed: password reset links "
            "will no longer be sent to this address."
        )
        return Letter(
            subject=to.say(
                N_("The address of your account was changed: %(place)s"), place=to.place
            ),
            lines=(to.say(changed, login=self.login), to.say(_TELL_AN_ADMIN)),
        )


class ContactChangedMessage(Message, frozen=True, kw_only=True):
    """Tells a member, at the previous address, that it was replaced."""

    WHAT: ClassVar[str] = "contact_changed"
    TITLE: ClassVar[str] = N_("A member’s address was changed")
    MAY_STOP: ClassVar[bool] = False
    URGENT: ClassVar[bool] = True

    def letter(self, to: MessageContext) -> Letter:
        changed = N_(
            "The e-mail address in your record at %(place)s has just been changed: messages will "
            "no longer be sent here."
        )
        return Letter(
            subject=to.say(N_("The address in your record was changed: %(place)s"), place=to.place),
            lines=(to.say(changed, place=to.place), to.say(_TELL_AN_ADMIN)),
        )


class NameChangedMessage(Message, frozen=True, kw_only=True):
    """Tells a member that somebody else changed their name, which statements show."""

    WHAT: ClassVar[str] = "name_changed"
    TITLE: ClassVar[str] = N_("A member’s name was changed")
    MAY_STOP: ClassVar[bool] = False
    URGENT: ClassVar[bool] = True

    def letter(self, to: MessageContext) -> Letter:
        changed = N_("Somebody has just changed the name in your record at %(place)s.")
        return Letter(
            subject=to.say(N_("The name in your record was changed: %(place)s"), place=to.place),
            lines=(to.say(changed, place=to.place), to.say(_TELL_AN_ADMIN)),
            link=Link(to.say(N_("See my name")), "/mine"),
        )


class ProviderLinkedMessage(Message, frozen=True, kw_only=True):
    """Tells the owner of an account that an identity at an OpenID provider can now sign in to
    it."""

    WHAT: ClassVar[str] = "provider_linked"
    TITLE: ClassVar[str] = N_("Account linked to an identity provider")
    MAY_STOP: ClassVar[bool] = False
    URGENT: ClassVar[bool] = True

    login: str
    provider: str

    def letter(self, to: MessageContext) -> Letter:
        linked = N_(
            "An identity of %(provider)s can now be used to sign in to the account %(login)s."
        )
        return Letter(
            subject=to.say(N_("Your account is linked to an identity: %(place)s"), place=to.place),
            lines=(
                to.say(linked, provider=self.provider, login=self.login),
                to.say(_TELL_AN_ADMIN),
            ),
            link=Link(to.say(N_("See my identities")), "/me"),
        )


class RecoveryCodeMadeMessage(Message, frozen=True, kw_only=True):
    """Tells the owner of an account that a code was printed that can set its password."""

    WHAT: ClassVar[str] = "recovery_code_made"
    TITLE: ClassVar[str] = N_("A recovery code was printed")
    MAY_STOP: ClassVar[bool] = False
    URGENT: ClassVar[bool] = True

    login: str

    def letter(self, to: MessageContext) -> Letter:
        made = N_(
            "A recovery code has just been printed for the account %(login)s. Whoever has it can "
            "choose a new password, once. A new password ends the code."
        )
        return Letter(
            subject=to.say(N_("Recovery code printed: %(place)s"), place=to.place),
            lines=(to.say(made, login=self.login), to.say(_TELL_AN_ADMIN)),
            link=Link(to.say(N_("Change my password")), "/me"),
        )


class PasswordRecoveredMessage(Message, frozen=True, kw_only=True):
    """Tells the owner of an account that its password was set with a printed code."""

    WHAT: ClassVar[str] = "password_recovered"
    TITLE: ClassVar[str] = N_("A recovery code was used")
    MAY_STOP: ClassVar[bool] = False
    URGENT: ClassVar[bool] = True

    login: str

    def letter(self, to: MessageContext) -> Letter:
        used = N_("The password of the account %(login)s has just been set with a printed code.")
        return Letter(
            subject=to.say(N_("New password set with a code: %(place)s"), place=to.place),
            lines=(to.say(used, login=self.login), to.say(_TELL_AN_ADMIN)),
        )


_TELL_AN_ADMIN = N_("If you did not want this change, tell an administrator of the place at once.")
RESET_LASTS = timedelta(minutes=30)
"""How long a link to a new password can be used."""
INVITATION_LASTS = timedelta(days=7)
"""How long an invitation can be used."""
ADDRESS_LASTS = RESET_LASTS
"""How long a link that confirms an address can be used."""
MESSAGES = (
    ResetMessage,
    InvitationMessage,
    ConfirmAddressMessage,
    AddressChangedMessage,
    ContactChangedMessage,
    NameChangedMessage,
    ProviderLinkedMessage,
    RecoveryCodeMadeMessage,
    PasswordRecoveredMessage,
)

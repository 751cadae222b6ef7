"""Badges: given, suspended, lost, replaced, given back."""

from controller.capabilities.badges import credentials
from controller.capabilities.badges.shapes import Credential, CredentialFields
from controller.kernel.actor import Permission
from webui.api.crud import Nothing, OfMember, patches, reads, serves, versioned
from webui.api.route import Call, Reply, Route

_READ, _BADGES = Permission.MEMBERS_READ, Permission.CREDENTIALS_WRITE


def _return_badge(call: Call) -> Reply:
    credentials.give_back(call.db, call.path["id"], actor=call.actor, now=call.now)
    return Reply()


def _badge_action(word: str, summary: str) -> Route:
    action = getattr(credentials, word)

    def handle(call: Call) -> Reply:
        return versioned(action(call.db, call.path["id"], actor=call.actor, now=call.now))

    return Route(
        method="POST",
        path=f"/credentials/{{id}}/{word}",
        handler=handle,
        body=Nothing,
        answers=Credential,
        permission=_BADGES,
        summary=summary,
    )


ROUTES = [
    *reads("/credentials", credentials, _READ, what="badges", query=OfMember),
    serves(
        "POST", "/credentials", credentials.create, _BADGES, "Give a badge to a member", status=201
    ),
    patches(
        "/credentials/{id}",
        credentials.change,
        CredentialFields,
        _BADGES,
        "Change a badge's period or assurance",
    ),
    _badge_action("suspend", "Suspend a badge until it is restored"),
    _badge_action("lost", "Say that a badge is lost: it opens nothing any more"),
    _badge_action("restore", "Have a suspended or found badge work again"),
    serves(
        "POST",
        "/credentials/{id}/replace",
        credentials.replace,
        _BADGES,
        "Replace a lost badge; the rights are kept",
        status=201,
    ),
    Route(
        method="POST",
        path="/credentials/{id}/return",
        handler=_return_badge,
        body=Nothing,
        status=204,
        permission=_BADGES,
        summary="A badge is back, for the next one",
    ),
]

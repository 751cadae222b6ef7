"""Members, their badges and subscriptions."""

from controller.capabilities.badges import credentials
from controller.capabilities.badges.shapes import (
    Credential,
    CredentialFields,
    NewCredential,
    Replacement,
)
from controller.capabilities.members import members
from controller.capabilities.members.shapes import Member, MemberFields, NewMember
from controller.capabilities.plans import passes, plans, subscriptions
from controller.capabilities.plans.shapes import (
    NewPass,
    NewPlan,
    NewSubscription,
    Pass,
    PassFields,
    Plan,
    PlanFields,
    Subscription,
    SubscriptionFields,
)
from controller.kernel.actor import Permission
from webui.api.crud import Nothing, Paged, changes, reads, versioned, writes
from webui.api.route import Call, Reply, Route

_READ, _WRITE, _BADGES = (
    Permission.MEMBERS_READ,
    Permission.MEMBERS_WRITE,
    Permission.CREDENTIALS_WRITE,
)


class MemberQuery(Paged, frozen=True, kw_only=True):
    """The members of an organisation, of a project, or all."""

    organisation_id: str | None = None
    project_id: str | None = None


class OfMember(Paged, frozen=True, kw_only=True):
    """A list, of one member or of all."""

    member_id: str | None = None


def _enrol_badge(call: Call) -> Reply:
    made = credentials.create(
        call.db, call.body, vault=call.context.vault, actor=call.actor, now=call.now
    )
    return versioned(made)


def _replace_badge(call: Call) -> Reply:
    made = credentials.replace(
        call.db,
        call.path["id"],
        call.body,
        vault=call.context.vault,
        actor=call.actor,
        now=call.now,
    )
    return versioned(made)


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
    *reads("/members", members, Member, _READ, what="members", query=MemberQuery),
    *writes(
        "/members", members, Member, _WRITE, new=NewMember, fields=MemberFields, what="members"
    ),
    *reads("/credentials", credentials, Credential, _READ, what="badges", query=OfMember),
    Route(
        method="POST",
        path="/credentials",
        handler=_enrol_badge,
        body=NewCredential,
        answers=Credential,
        status=201,
        permission=_BADGES,
        summary="Give a badge to a member",
    ),
    Route(
        method="PATCH",
        path="/credentials/{id}",
        handler=changes(credentials.change),
        patch_of=CredentialFields,
        answers=Credential,
        permission=_BADGES,
        summary="Change a badge's period or assurance",
    ),
    _badge_action("suspend", "Suspend a badge until it is restored"),
    _badge_action("lost", "Say that a badge is lost: it opens nothing any more"),
    _badge_action("restore", "Have a suspended or found badge work again"),
    Route(
        method="POST",
        path="/credentials/{id}/replace",
        handler=_replace_badge,
        body=Replacement,
        answers=Credential,
        status=201,
        permission=_BADGES,
        summary="Replace a lost badge; the rights are kept",
    ),
    Route(
        method="POST",
        path="/credentials/{id}/return",
        handler=_return_badge,
        body=Nothing,
        status=204,
        permission=_BADGES,
        summary="A lent badge is back, for the next one",
    ),
    *reads("/passes", passes, Pass, _READ, what="passes", query=OfMember),
    *writes("/passes", passes, Pass, _WRITE, new=NewPass, fields=PassFields, what="passes"),
    *reads("/plans", plans, Plan, Permission.RULES_READ, what="plans"),
    *writes(
        "/plans", plans, Plan, Permission.RULES_WRITE, new=NewPlan, fields=PlanFields, what="plans"
    ),
    *reads(
        "/subscriptions", subscriptions, Subscription, _READ, what="subscriptions", query=OfMember
    ),
    *writes(
        "/subscriptions",
        subscriptions,
        Subscription,
        _WRITE,
        new=NewSubscription,
        fields=SubscriptionFields,
        what="subscriptions",
    ),
]

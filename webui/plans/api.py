"""Plans, subscriptions and passes."""

from controller.capabilities.plans import passes, plans, subscriptions
from controller.capabilities.plans.shapes import (
    NewPass,
    NewPlan,
    NewSubscription,
    Pass,
    PassChange,
    Plan,
    PlanFields,
    Subscription,
    SubscriptionChange,
)
from controller.kernel.actor import Permission
from webui.api.crud import OfMember, reads, writes

_READ, _WRITE = Permission.MEMBERS_READ, Permission.MEMBERS_WRITE


ROUTES = [
    *reads("/passes", passes, Pass, _READ, what="passes", query=OfMember),
    *writes("/passes", passes, Pass, _WRITE, new=NewPass, fields=PassChange, what="passes"),
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
        fields=SubscriptionChange,
        what="subscriptions",
    ),
]

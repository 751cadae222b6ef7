"""API of plans, subscriptions and passes."""

from controller.capabilities.plans import passes, plans, subscriptions
from controller.capabilities.plans.shapes import PassChange, PlanFields, SubscriptionChange
from controller.kernel.actor import Permission
from webui.api.crud import OfMember, reads, writes

_READ, _WRITE = Permission.MEMBERS_READ, Permission.MEMBERS_WRITE


ROUTES = [
    *reads("/passes", passes, _READ, what="passes", query=OfMember),
    *writes("/passes", passes, _WRITE, fields=PassChange, what="passes"),
    *reads("/plans", plans, Permission.RULES_READ, what="plans"),
    *writes("/plans", plans, Permission.RULES_WRITE, fields=PlanFields, what="plans"),
    *reads("/subscriptions", subscriptions, _READ, what="subscriptions", query=OfMember),
    *writes(
        "/subscriptions", subscriptions, _WRITE, fields=SubscriptionChange, what="subscriptions"
    ),
]

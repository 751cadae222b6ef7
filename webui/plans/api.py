"""API of plans, subscriptions and passes."""

from controller.capabilities.plans import passes, plans, subscriptions
from controller.capabilities.plans.shapes import PassChange, PlanFields, SubscriptionChange
from controller.kernel.actor import Permission
from webui.api.crud import MemberQuery, read_routes, write_routes

_READ, _WRITE = Permission.MEMBERS_READ, Permission.MEMBERS_WRITE


ROUTES = [
    *read_routes("/passes", passes, _READ, what="passes", query=MemberQuery),
    *write_routes("/passes", passes, _WRITE, fields=PassChange, what="passes"),
    *read_routes("/plans", plans, Permission.RULES_READ, what="plans"),
    *write_routes("/plans", plans, Permission.RULES_WRITE, fields=PlanFields, what="plans"),
    *read_routes("/subscriptions", subscriptions, _READ, what="subscriptions", query=MemberQuery),
    *write_routes(
        "/subscriptions", subscriptions, _WRITE, fields=SubscriptionChange, what="subscriptions"
    ),
]

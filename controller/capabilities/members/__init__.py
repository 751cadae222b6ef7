"""The people known to a place."""

OFFERS = (
    "changes",
    "former",
    "members",
    "memberships",
    "models.Maintainer",
    "models.MemberFormer",
    "models.MemberRow",
    "models.MemberSite",
    "models.MemberWord",
    "models.OrganisationMember",
    "models.Supervisor",
    "network",
    "on_behalf",
    "policy",
    "search",
    "several",
    "shapes",
)

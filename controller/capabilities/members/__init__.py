"""Members: the people who use a place, their contact details, memberships, and what they may do."""

OFFERS = (
    "changes",
    "merged_records",
    "members",
    "memberships",
    "models.Maintainer",
    "models.MergedMember",
    "models.MemberRow",
    "models.MemberSite",
    "models.MemberWord",
    "models.OrganisationMember",
    "models.Supervisor",
    "names",
    "network",
    "on_behalf",
    "policy",
    "search",
    "several",
    "shapes",
)

"""Accounts of people who sign in, with their roles, and tokens for programs."""

OFFERS = (
    "accounts",
    "admin",
    "digests",
    "identity",
    "invitations",
    "linked_record",
    "mailed_links",
    "mailed_messages",
    "models.AccountRole",
    "models.AccountRow",
    "models.TokenRow",
    "names",
    "passwords",
    "printed_codes",
    "shapes",
)

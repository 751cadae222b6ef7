"""Badges: given to members, looked up, suspended, reported lost and replaced."""

OFFERS = (
    "at_reader",
    "badge_return",
    "badges",
    "card_masters",
    "changes",
    "credentials",
    "handing_over",
    "key_mapping",
    "messages",
    "models.CredentialAt",
    "models.CredentialRow",
    "models.IS_LENT",
    "models.SiteKeyRow",
    "numbers",
    "own",
    "policy",
    "shapes",
    "site_keys",
    "suspension",
    "vault",
)

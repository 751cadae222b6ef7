"""Badges: given, found, suspended, lost, replaced."""

OFFERS = (
    "at_reader",
    "badges",
    "card_masters",
    "changes",
    "credentials",
    "handing_over",
    "key_mapping",
    "messages",
    "models.CredentialAt",
    "models.CredentialRow",
    "models.LENT",
    "models.SiteKeyRow",
    "numbers",
    "own",
    "policy",
    "returned",
    "shapes",
    "site_keys",
    "suspending",
    "vault",
)

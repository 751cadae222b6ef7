"""Messages to people: written in the transaction that they report, sent later, and stopped on
request."""

OFFERS = (
    "models.MessageRow",
    "queue",
    "recipients",
    "reminders",
    "site_choices",
    "stops",
    "troubles",
    "write",
)

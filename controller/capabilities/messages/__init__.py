"""Messages to people: written in the transaction of the change that they report, and sent later."""

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

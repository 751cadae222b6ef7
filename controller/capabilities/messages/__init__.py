"""What is written to people: put down with what it tells of, sent later, stopped by who wants."""

OFFERS = (
    "links",
    "models.MessageRow",
    "queue",
    "recipients",
    "reminders",
    "site_choices",
    "stops",
    "write",
)

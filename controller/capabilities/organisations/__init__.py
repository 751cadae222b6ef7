"""On whose behalf people work: organisations and projects."""

OFFERS = ("models.OrganisationRow", "models.ProjectRow")

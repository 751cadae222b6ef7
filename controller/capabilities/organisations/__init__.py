"""On whose behalf people work: organisations and projects."""

OFFERS = ("changes", "models.OrganisationRow", "models.ProjectRow")

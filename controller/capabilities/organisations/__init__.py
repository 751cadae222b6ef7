"""Organisations and projects, for which members work and which may pay for their use."""

OFFERS = ("changes", "models.OrganisationRow", "models.ProjectRow")

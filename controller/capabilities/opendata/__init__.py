"""Open data: public figures in which nobody can be identified."""

OFFERS = ("models.ProjectDataset",)

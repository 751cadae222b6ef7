"""Print jobs: whether a printer may start one, and the material that it used."""

OFFERS = ("changes", "models.Outcome", "models.PrintJob", "progress")

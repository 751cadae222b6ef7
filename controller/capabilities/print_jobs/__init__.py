"""Print jobs: whether a printer may start one, and the material that it used."""

OFFERS = ("changes", "models.HEATING_PERIOD", "models.Outcome", "models.PrintJob", "progress")

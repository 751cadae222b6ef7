"""Statistics for funders: monthly figures, and what visitors stated about themselves."""

OFFERS = ("course_figures", "models.PartnerRow", "scope", "shapes")

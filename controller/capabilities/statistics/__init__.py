"""What a place tells its funders: figures by month, and what people said of themselves for them."""

OFFERS = ("scope", "shapes", "teaching")

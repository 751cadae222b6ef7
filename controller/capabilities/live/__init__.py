"""Everything that the Live page shows of a site."""

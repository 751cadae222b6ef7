"""Makes a wiring card for each kit, a page in each language: drawing, parts, prices, wiring."""

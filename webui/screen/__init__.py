"""The public screen, the fragment for other web sites, and the addresses of screens."""

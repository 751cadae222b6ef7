"""The public screen, the fragment for other web sites, and their addresses."""

"""Sphinx's settings for `docs/` as a site; `tools.docs_site.make` calls it."""

project = "Loquet"
extensions = ["myst_parser"]
html_theme = "furo"
html_title = "Loquet"
html_favicon = "../../webui/static/favicon.svg"
html_copy_source = False
html_show_sphinx = False
source_suffix = {".md": "markdown"}
root_doc = "index"
exclude_patterns = ["pictures"]
myst_heading_anchors = 4
suppress_warnings = ["misc.highlighting_failure", "myst.header"]
nitpicky = True

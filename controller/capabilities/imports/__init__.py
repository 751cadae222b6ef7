"""Switching to Loquet: imports people, badges and rights from a spreadsheet or another program."""

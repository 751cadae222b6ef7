"""Switching to Loquet: people, badges and rights out of a spreadsheet or another program."""

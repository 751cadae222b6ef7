"""Coming from elsewhere: people, badges and rights out of a spreadsheet or another program."""

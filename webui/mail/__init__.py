"""The pages on sent e-mails and on the mail server."""

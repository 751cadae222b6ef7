"""The list of what happened at a site since a person's last visit (page *Catch up*).

People tick off what they have seen.
"""

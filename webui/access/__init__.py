"""The API that explains whether a member may use an access point."""

"""The pages of the audit log and of incident searches."""

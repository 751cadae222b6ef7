"""The agent's identity: its enrolment, its certificate's renewal, and their files."""

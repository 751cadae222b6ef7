"""The safety register: accidents, near misses and dangers; entries are never changed."""

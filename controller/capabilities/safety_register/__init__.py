"""The safety register: accidents, near misses and dangerous situations, written once for good."""

"""The framework that all capabilities use."""

"""Drivers for Loquet, in a package of their own."""

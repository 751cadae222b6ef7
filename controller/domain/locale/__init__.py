"""Texts for people, made from typed reasons and states."""

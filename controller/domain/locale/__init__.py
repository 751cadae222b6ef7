"""Texts for people, made from typed reasons."""

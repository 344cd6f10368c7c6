"""Integrity rules that take several tables, and what becomes of everything that was found."""

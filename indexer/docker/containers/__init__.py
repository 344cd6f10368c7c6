"""Readers of `containers/`."""

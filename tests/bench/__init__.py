"""Measurements on synthetic Docker roots of a chosen size."""

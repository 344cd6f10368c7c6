"""Tests of the way into a root."""

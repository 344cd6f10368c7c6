"""Tests of the root as a whole."""

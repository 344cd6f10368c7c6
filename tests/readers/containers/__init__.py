"""Tests of the readers of `containers/`."""

"""Tests of the readers of `image/<driver>`."""

"""Tests of the readers of graph drivers."""

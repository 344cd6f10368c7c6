"""Tests of finding roots on a host."""

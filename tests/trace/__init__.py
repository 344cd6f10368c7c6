"""Tests of `dockidx trace`."""

"""Indexes of several hosts joined into one."""

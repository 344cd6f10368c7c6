"""Merges the indexes of many hosts into one."""

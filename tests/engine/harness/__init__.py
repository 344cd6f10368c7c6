"""Runs an engine, fills it, and compares what it says with an index."""

"""Readers of what Docker writes on disk: one module per thing, immutable records out, no SQL."""

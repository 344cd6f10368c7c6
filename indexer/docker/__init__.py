"""Readers of what Docker writes on disk: one module per thing; they return records, know no SQL."""

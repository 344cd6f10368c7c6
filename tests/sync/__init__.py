"""Docker roots synced into an index, and what the index then holds."""

"""The schema of an index and its migrations, the index file as such, and the canned queries."""

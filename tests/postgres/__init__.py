"""The same migrations, rows and canned queries on a real PostgreSQL server."""

"""The canned queries: one file each under `queries/`, for the command line and for Datasette."""

"""Loads and runs the canned queries, which are files under `queries/`.

The command line and the pages in the browser use the same queries.
"""

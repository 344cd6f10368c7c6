"""What every writer of a sync works with: reconciliation, change log, fingerprints, identities."""

"""What every writer of a sync uses: its context, reconciliation, change log and fingerprints."""

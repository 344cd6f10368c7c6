"""Records to rows: what is new, gone or changed on the disk, in one transaction."""

"""From records to rows: writes what is new, gone or changed on the disk, in one transaction."""

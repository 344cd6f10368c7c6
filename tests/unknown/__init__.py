"""What could not be read is unknown, and so is everything computed from it."""

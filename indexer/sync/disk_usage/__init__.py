"""`--du`: measured sizes into their rows."""

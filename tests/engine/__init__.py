"""A real Docker engine for the tests: started, filled, asked and stopped by them alone."""

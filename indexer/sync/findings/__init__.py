"""What is wrong with a root: rules evaluated after each pass, and written to `problems`."""

"""Evaluates the integrity rules on a root after each pass, and writes `problems`."""

"""The integrity rules, each proven by damage to a copy of a real engine's root."""

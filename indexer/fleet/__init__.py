"""The indexes of many hosts joined into one."""

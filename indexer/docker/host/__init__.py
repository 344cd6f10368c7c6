"""Where a host keeps its Docker roots and containerd, and what says so."""

"""The pages that `dockidx serve` shows."""

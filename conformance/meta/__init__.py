"""The suite tested: whatever is broken in a backend, the cell for it must fail."""

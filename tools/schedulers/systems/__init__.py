"""One file per system, found by its name: `system = System(...)`."""

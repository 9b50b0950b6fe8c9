"""What the lists show: runs, alerts, the audit. Filters come from the address, and every page is bounded."""

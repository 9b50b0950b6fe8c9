"""Pictures of the dashboard for the README and the docs, from seeded data at a time that stands still."""

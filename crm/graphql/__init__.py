"""How GraphQL is executed: for clients over HTTP, for jobs in their own process."""

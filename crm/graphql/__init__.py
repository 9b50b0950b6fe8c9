"""GraphQL over HTTP for everybody, and without it for the jobs."""

"""The reference app: a small CRM with GraphQL whose scheduled work runs through jobs_api."""

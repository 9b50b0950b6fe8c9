"""Tests in a real browser, against a real server with seeded data: see tools/seed."""

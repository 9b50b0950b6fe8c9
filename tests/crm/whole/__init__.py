"""The app as it is deployed: gunicorn, production settings and a database with sample data."""

"""The project that is killed: an app with the toy jobs, its settings, and ways to break jobs_api."""

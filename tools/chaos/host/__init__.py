"""The host project of the chaos: an app with the toy jobs, its settings, and ways to break jobs_api."""

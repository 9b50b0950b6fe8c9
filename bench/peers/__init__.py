"""Hand-written alternatives to jobs_api, as careful people write them, and the command that all run."""

"""What the tools share that try jobs_api for real: `make servers` and `make schedulers`."""

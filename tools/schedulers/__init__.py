"""Let each scheduler trigger jobs for real: what `make schedulers` does."""

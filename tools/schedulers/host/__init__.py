"""The host project whose jobs the schedulers trigger."""

"""A project that has every command and function that the samples name, and the tables of three schedulers."""

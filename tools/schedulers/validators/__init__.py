"""One file per validator of exported files, found by its name: `validator = Validator(...)`."""

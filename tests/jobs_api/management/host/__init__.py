"""An app that declares jobs, for the processes that these tests start."""

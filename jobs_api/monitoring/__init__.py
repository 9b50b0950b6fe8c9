"""The state of the jobs for people and monitors: health, readiness and trigger counts."""

"""What shows how the jobs fare: health, readiness and trigger counts."""

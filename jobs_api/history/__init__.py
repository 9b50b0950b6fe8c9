"""What was and what will be: slots, nights, days, durations, sources. Reading writes nothing."""

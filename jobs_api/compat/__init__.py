"""Old libraries whose classes and commands go on working, carried out by jobs_api."""

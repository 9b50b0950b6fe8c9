"""What the page of a job shows, as plain data: the view reads it, and its template only shows it."""

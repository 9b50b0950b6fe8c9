"""What the page of a run shows: what is read, and what is made of it. The template only draws."""

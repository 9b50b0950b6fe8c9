"""What bridges share: they ask which jobs there are, and trigger one without ever raising."""

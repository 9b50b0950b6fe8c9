"""What runs jobs off the request, and a command that tells when it has begun."""

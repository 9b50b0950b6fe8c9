"""What an order does and what is said of it, before and after: without a request and without HTML."""

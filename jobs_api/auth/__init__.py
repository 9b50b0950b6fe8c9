"""Who may call: the bearer, the tokens, and the limit on wrong ones."""

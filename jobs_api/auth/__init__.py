"""Who may call: the bearer check, the tokens, and the limit on wrong tokens."""

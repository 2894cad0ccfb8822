"""Who is there: passwords, identity providers, sessions that can be ended."""

"""People: roles and scopes, signing in, passwords."""

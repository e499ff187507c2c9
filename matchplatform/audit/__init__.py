"""Every act of consequence, in a chain of hashes that nobody can edit."""

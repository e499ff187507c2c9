"""Every version of a need, an offering, an organization: kept as it stood, never changed."""

"""The registry of social organizations: registration, vetting, rating, eligibility."""

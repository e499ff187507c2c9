"""Regions, categories and campaigns: what every other feature refers to."""

"""Demonstration data: eighteen months of a province's work, told through the platform's own operations."""

"""Residents order what they need: 群众点单."""

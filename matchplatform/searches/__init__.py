"""Saved searches and the digest of what is new in them."""

"""Agreements: the text both sides make, how it is signed, and what is changed later."""

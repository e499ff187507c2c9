"""Notices that leave the house: e-mail, messages, who wants them when, and what could not be sent."""

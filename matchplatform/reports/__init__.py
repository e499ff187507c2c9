"""Boards and returns for the offices that steer."""

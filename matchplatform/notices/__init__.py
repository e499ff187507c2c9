"""What happened that concerns somebody: an inbox each. Never to the actor himself."""

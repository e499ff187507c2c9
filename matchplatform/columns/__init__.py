"""Libraries as columns in memory: lists are filtered, counted and ordered there, whatever their length."""

"""The engine: exact TF-IDF cosines over an immutable segment and what came after it. Pure."""

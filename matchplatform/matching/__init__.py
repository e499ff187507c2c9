"""The match engine: texts to words, an index, scores with reasons, and the pages that show them."""

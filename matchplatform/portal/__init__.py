"""The public face: home, libraries, the pages of records, and everybody's own page."""

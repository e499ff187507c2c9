"""Other people's spreadsheets: read, understood, checked row by row, and only then saved."""

"""Work that outlives a request: kept in the database, told apart by kind, taken up again after a crash."""

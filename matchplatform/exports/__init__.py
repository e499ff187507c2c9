"""Taking lists out of the platform: Excel, CSV, the printed ledger, lines for a group chat."""

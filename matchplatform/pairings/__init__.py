"""结对: bids, orders, the approval desk, the agreement, and the count toward the goal."""

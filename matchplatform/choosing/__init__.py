"""征集: an open call on a need, sealed replies, and a choice that shows its reasons."""

"""What people attach to a case: scans and proofs, checked by content, never served inline."""

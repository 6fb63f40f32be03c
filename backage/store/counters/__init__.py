"""Downloads that are counted here: what the receiver writes, and what its dashboard reads."""

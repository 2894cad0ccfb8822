"""The trail: what was done, what was read, by whom, on which ground."""

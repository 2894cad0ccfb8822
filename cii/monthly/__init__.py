"""The monthly update: written by the tandem, read by the professional who announced the case (VS-27)."""

"""The documents that the product writes: PDF."""

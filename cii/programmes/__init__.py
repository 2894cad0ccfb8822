"""The rules of the five programmes as dated, cited data, and the pure formulas that follow from them."""

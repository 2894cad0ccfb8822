"""The demo canton: invented people and cases, lived through by the product's own acts."""

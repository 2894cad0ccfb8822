"""What all screens share: pages, forms, errors, headers, navigation."""

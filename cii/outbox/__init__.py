"""Messages to people: here the notices shown in the product."""

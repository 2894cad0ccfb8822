"""The life of a case: announcement, admission, tandem, closing."""

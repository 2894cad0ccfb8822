"""The procuration: what the person allows, to whom, from when until when."""

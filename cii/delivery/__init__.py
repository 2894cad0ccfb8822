"""Mails on their way: arranged, composed for their reader at the moment of sending, delivered, and what came back."""

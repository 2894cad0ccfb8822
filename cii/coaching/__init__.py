"""The coaching: journal, objectives, appointments."""

"""CII: the canton of Valais coordinates people's return to work across institutions."""

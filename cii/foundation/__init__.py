"""What every part needs and no trade word names: database, clock, days, money, texts."""

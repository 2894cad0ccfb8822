"""All security decisions: who acts, what a role may do, and which rows an actor can see."""

"""What measures cost: planned by the social worker in charge, paid by the commune, accounted for quarter by quarter."""

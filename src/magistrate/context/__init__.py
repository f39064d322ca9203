"""What the site knows: known-good register, management hosts, roles, hours, tickets, responders."""

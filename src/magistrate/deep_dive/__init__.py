"""What T2 looks at beyond the alert: the account's history, threat intelligence, the network, recent changes."""

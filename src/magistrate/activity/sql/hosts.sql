-- Hosts that logged something themselves: an alert and a network sensor only speak of hosts.
SELECT DISTINCT host FROM record
WHERE host IS NOT NULL AND (Channel IS NULL OR (Channel <> 'Alert' AND Channel NOT LIKE 'Zeek/%'))
ORDER BY host

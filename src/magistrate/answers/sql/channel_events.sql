-- Event ids that each host recorded: what a search for signals could have seen.
SELECT r.host, r.Channel, r.EventID, COUNT(*) AS events
FROM record AS r
GROUP BY r.host, r.Channel, r.EventID
ORDER BY r.host, r.Channel, r.EventID

SELECT r.host, r.Channel, COUNT(*) AS number
FROM record r JOIN change_window w ON w.host = r.host AND w.scope = 'host'
WHERE r.Timestamp >= w.from_time AND r.Timestamp <= w.to_time
GROUP BY r.host, r.Channel ORDER BY r.host, r.Channel

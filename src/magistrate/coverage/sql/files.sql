-- Which files carry records of which channel of which host.
SELECT COALESCE(r.host, 'unknown') AS host, COALESCE(r.Channel, 'unknown') AS channel, r.file
FROM record r
WHERE r.file IS NOT NULL
GROUP BY COALESCE(r.host, 'unknown'), COALESCE(r.Channel, 'unknown'), r.file
ORDER BY host, channel, r.file

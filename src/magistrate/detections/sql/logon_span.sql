SELECT e.host, MIN(e.Timestamp) AS began FROM logon e WHERE EXISTS (SELECT 1 FROM story_host h WHERE h.host = e.host) GROUP BY e.host

SELECT d.host, MIN(d.began) AS began FROM (
  SELECT e.host, MIN(e.Timestamp) AS began FROM logon e WHERE EXISTS (SELECT 1 FROM story_host h WHERE h.host = e.host) GROUP BY e.host
  UNION ALL
  SELECT l.host, MIN(l.first_seen) AS began FROM learned l
  WHERE l.kind = 'recording' AND l.class = 'logon' AND EXISTS (SELECT 1 FROM story_host h WHERE h.host = l.host) GROUP BY l.host
) d
GROUP BY d.host

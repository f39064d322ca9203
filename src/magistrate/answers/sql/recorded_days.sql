-- First and last process start and logon of each host by day, in the case and in the learned history: the span that a
-- "never" can speak for.
SELECT d.host, d.what, d.day, MIN(d.first_seen) AS first_seen, MAX(d.last_seen) AS last_seen FROM (
  SELECT p.host AS host, 'process' AS what, CAST(p.Timestamp AS DATE) AS day, MIN(p.Timestamp) AS first_seen, MAX(p.Timestamp) AS last_seen
  FROM process_creation AS p WHERE p.Timestamp IS NOT NULL GROUP BY p.host, CAST(p.Timestamp AS DATE)
  UNION ALL
  SELECT l.host AS host, 'logon' AS what, CAST(l.Timestamp AS DATE) AS day, MIN(l.Timestamp) AS first_seen, MAX(l.Timestamp) AS last_seen
  FROM logon AS l WHERE l.Timestamp IS NOT NULL GROUP BY l.host, CAST(l.Timestamp AS DATE)
  UNION ALL
  SELECT h.host AS host, h.class AS what, CAST(h.period AS DATE) AS day, MIN(h.first_seen) AS first_seen, MAX(h.last_seen) AS last_seen
  FROM learned AS h WHERE h.kind = 'recording' AND h.class IN ('process', 'logon') GROUP BY h.host, h.class, CAST(h.period AS DATE)
) AS d
GROUP BY d.host, d.what, d.day
ORDER BY d.host, d.what, d.day

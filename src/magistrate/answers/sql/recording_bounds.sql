-- First and last process start and logon of each host: the span that a "never" can speak for.
SELECT b.host, b.what, b.first_seen, b.last_seen FROM (
  SELECT p.host AS host, 'process' AS what, MIN(p.Timestamp) AS first_seen, MAX(p.Timestamp) AS last_seen
  FROM process_creation AS p WHERE p.Timestamp IS NOT NULL GROUP BY p.host
  UNION ALL
  SELECT l.host AS host, 'logon' AS what, MIN(l.Timestamp) AS first_seen, MAX(l.Timestamp) AS last_seen
  FROM logon AS l WHERE l.Timestamp IS NOT NULL GROUP BY l.host
) AS b
ORDER BY b.host, b.what

SELECT f.sensor, COUNT(*) AS flows, COUNT(f.sent) AS sized, COUNT(DISTINCT f.src) AS sources, MIN(f.seen) AS first_seen,
  MAX(f.seen) AS last_seen
FROM flow f WHERE f.seen >= :from_time GROUP BY f.sensor ORDER BY f.sensor

, destination AS (
  SELECT f.sensor, f.dst, COUNT(DISTINCT f.src) AS sources, MIN(f.seen) AS known_since FROM flow f GROUP BY f.sensor, f.dst
)
SELECT f.sensor, f.src, f.dst, f.port, COUNT(*) AS number, MIN(f.seen) AS first_seen, MAX(f.seen) AS last_seen,
  SUM(f.sent) AS sent, SUM(f.back) AS back, MAX(f.lasted) AS longest, MIN(f.evidence_id) AS evidence_id,
  MIN(d.sources) AS sources, MIN(d.known_since) AS known_since
FROM flow f JOIN destination d ON d.sensor = f.sensor AND d.dst = f.dst
WHERE f.seen >= :from_time
GROUP BY f.sensor, f.src, f.dst, f.port
HAVING COUNT(*) >= :least OR MAX(f.lasted) >= :longest
ORDER BY f.sensor, f.src, f.dst, f.port

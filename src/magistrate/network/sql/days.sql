SELECT f.src, f.dst, CAST(f.seen AS DATE) AS day, SUM(f.sent) AS sent, SUM(f.back) AS back, COUNT(*) AS number,
  MIN(f.seen) AS first_seen, MIN(f.evidence_id) AS evidence_id
FROM flow f WHERE f.seen >= :from_time AND f.sensor = 'zeek' AND f.sent > 0
GROUP BY f.src, f.dst, CAST(f.seen AS DATE) ORDER BY f.src, f.dst, day

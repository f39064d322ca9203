SELECT e.Image AS program, e.UserSid, CAST(e.Timestamp AS DATE) AS day, SUM(e.OrigBytes) AS sent, SUM(e.RespBytes) AS back,
  COUNT(*) AS number, MIN(e.Timestamp) AS first_seen, MIN(e.evidence_id) AS evidence_id
FROM app_usage e WHERE e.Timestamp >= :from_time AND e.OrigBytes > 0
GROUP BY e.Image, e.UserSid, CAST(e.Timestamp AS DATE) ORDER BY program, e.UserSid, day

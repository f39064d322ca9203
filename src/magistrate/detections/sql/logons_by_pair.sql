SELECT d.host, d.account, d.source_ip, SUM(d.seen) AS seen, MIN(d.began) AS began, MAX(d.ended) AS ended FROM (
  SELECT e.host, LOWER(e.TargetUserName) AS account, e.SourceIp AS source_ip, COUNT(*) AS seen, MIN(e.Timestamp) AS began, MAX(e.Timestamp) AS ended
  FROM logon e WHERE e.LogonType IN (3, 8, 10) AND e.TargetUserName IS NOT NULL AND e.TargetUserName NOT LIKE '%$'
    AND EXISTS (SELECT 1 FROM story_host h WHERE h.host = e.host)
  GROUP BY e.host, LOWER(e.TargetUserName), e.SourceIp
  UNION ALL
  SELECT l.host, l.account, l.source AS source_ip, SUM(l.number) AS seen, MIN(l.first_seen) AS began, MAX(l.last_seen) AS ended
  FROM learned l WHERE l.kind = 'logon' AND l.account NOT LIKE '%$'
    AND EXISTS (SELECT 1 FROM story_host h WHERE h.host = l.host)
  GROUP BY l.host, l.account, l.source
) d
GROUP BY d.host, d.account, d.source_ip

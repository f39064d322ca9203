SELECT e.host, LOWER(e.TargetUserName) AS account, e.SourceIp AS source_ip, COUNT(*) AS seen, MIN(e.Timestamp) AS began, MAX(e.Timestamp) AS ended
FROM logon e WHERE e.LogonType IN (3, 8, 10) AND e.TargetUserName IS NOT NULL AND e.TargetUserName NOT LIKE '%$'
  AND EXISTS (SELECT 1 FROM story_host h WHERE h.host = e.host)
GROUP BY e.host, LOWER(e.TargetUserName), e.SourceIp

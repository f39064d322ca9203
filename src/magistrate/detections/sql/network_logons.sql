SELECT d.account, d.source_ip, d.package, SUM(d.seen) AS seen, MIN(d.began) AS began, MAX(d.ended) AS ended FROM (
  SELECT LOWER(e.TargetUserName) AS account, e.SourceIp AS source_ip,
    UPPER(e.AuthenticationPackageName) AS package, COUNT(*) AS seen, MIN(e.Timestamp) AS began, MAX(e.Timestamp) AS ended
  FROM logon e
  WHERE e.LogonType = 3 AND e.SourceIp IS NOT NULL AND e.TargetUserName IS NOT NULL
    AND EXISTS (SELECT 1 FROM activity a WHERE a.kind = 'child' AND a.account_name = LOWER(e.TargetUserName))
  GROUP BY LOWER(e.TargetUserName), e.SourceIp, UPPER(e.AuthenticationPackageName)
  UNION ALL
  SELECT l.account, l.source AS source_ip, l.package, SUM(l.number) AS seen, MIN(l.first_seen) AS began, MAX(l.last_seen) AS ended
  FROM learned l
  WHERE l.kind = 'logon' AND l.class = '3' AND l.source IS NOT NULL
    AND EXISTS (SELECT 1 FROM activity a WHERE a.kind = 'child' AND a.account_name = l.account)
  GROUP BY l.account, l.source, l.package
) d
GROUP BY d.account, d.source_ip, d.package

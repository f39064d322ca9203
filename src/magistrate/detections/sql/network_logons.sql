SELECT LOWER(e.TargetUserName) AS account, e.SourceIp AS source_ip,
  UPPER(e.AuthenticationPackageName) AS package, COUNT(*) AS seen, MIN(e.Timestamp) AS began, MAX(e.Timestamp) AS ended
FROM logon e
WHERE e.LogonType = 3 AND e.SourceIp IS NOT NULL AND e.TargetUserName IS NOT NULL
  AND EXISTS (SELECT 1 FROM activity a WHERE a.kind = 'child' AND a.account_name = LOWER(e.TargetUserName))
GROUP BY LOWER(e.TargetUserName), e.SourceIp, UPPER(e.AuthenticationPackageName)

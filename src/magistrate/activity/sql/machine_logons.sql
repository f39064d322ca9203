SELECT TargetUserName AS name, SourceIp AS address, COUNT(*) AS seen FROM logon
WHERE TargetUserName LIKE '%$' AND SourceIp IS NOT NULL GROUP BY TargetUserName, SourceIp ORDER BY name,
  address

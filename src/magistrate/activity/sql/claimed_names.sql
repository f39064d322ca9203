SELECT WorkstationName AS name, SourceIp AS address, COUNT(*) AS seen FROM logon
WHERE WorkstationName IS NOT NULL AND SourceIp IS NOT NULL GROUP BY WorkstationName, SourceIp ORDER BY name,
  address

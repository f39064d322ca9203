SELECT n.dst, n.name, COUNT(*) AS number FROM (
  SELECT e.DestinationIp AS dst, LOWER(e.DestinationHostname) AS name FROM zeek_ssl e
  UNION ALL
  SELECT e.DestinationIp AS dst, LOWER(e.DestinationHostname) AS name FROM zeek_http e
  UNION ALL
  SELECT e.DestinationIp AS dst, LOWER(e.DestinationHostname) AS name FROM network_connection e
) n JOIN network_destination d ON d.dst = n.dst
WHERE n.name IS NOT NULL AND n.name <> '' AND n.name <> '-' AND n.name <> n.dst
GROUP BY n.dst, n.name ORDER BY n.dst, number DESC, n.name

SELECT 'flow' AS kind, COUNT(*) AS number, MIN(e.Timestamp) AS first_seen, MAX(e.Timestamp) AS last_seen
FROM zeek_conn e WHERE e.Timestamp >= :from_time
UNION ALL
SELECT 'connections' AS kind, COUNT(*) AS number, MIN(e.Timestamp) AS first_seen, MAX(e.Timestamp) AS last_seen
FROM network_connection e WHERE e.Timestamp >= :from_time
UNION ALL
SELECT 'proxy' AS kind, COUNT(*) AS number, MIN(e.Timestamp) AS first_seen, MAX(e.Timestamp) AS last_seen
FROM zeek_http e WHERE e.Timestamp >= :from_time
UNION ALL
SELECT 'dns' AS kind, COUNT(*) AS number, MIN(d.Timestamp) AS first_seen, MAX(d.Timestamp) AS last_seen
FROM (SELECT Timestamp FROM zeek_dns UNION ALL SELECT Timestamp FROM dns_query) d WHERE d.Timestamp >= :from_time
UNION ALL
SELECT 'srum' AS kind, COUNT(*) AS number, MIN(e.Timestamp) AS first_seen, MAX(e.Timestamp) AS last_seen
FROM app_usage e WHERE e.Timestamp >= :from_time
ORDER BY kind

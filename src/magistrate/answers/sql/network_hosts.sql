SELECT n.host, COUNT(*) AS flows FROM network_connection AS n GROUP BY n.host ORDER BY n.host
